import { Table, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';
import { isSqlite } from './keep-ids.js';
import { tableComment } from './table-comment.js';

const chat = 'writeassistdev_chat';
const sessions = 'writeassistdev_chat_sessions';
const deletions = 'writeassistdev_chat_deletions';
const owner = ['writeassistdevid', 'userid'];
const session = [...owner, 'chat_session_id'];
/** Each with its definitions on SQLite and on MySQL, which adds all of them without a copy. */
const columns: [table: string, name: string, sqlite: string, mysql: string][] = [
  [chat, 'deletion_id', 'integer', 'bigint NULL'],
  [sessions, 'deleted_at', 'integer', 'bigint NULL'],
  [sessions, 'cleared_sequence', 'integer NOT NULL DEFAULT (0)', 'bigint NOT NULL DEFAULT 0'],
];

/** Adds the trash (docs/adr/0045-trash.md). */
export class AddTrash1796097600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [table, name, sqlite, mysql] of columns) {
      if (await runner.hasColumn(table, name)) continue;
      // SQLite can add a column; TypeORM would recreate the table, which foreign keys refer to.
      const definition = isSqlite(runner) ? `"${name}" ${sqlite}` : `${name} ${mysql}`;
      await runner.query(`ALTER TABLE ${table} ADD COLUMN ${definition}`);
    }
    await runner.createTable(deletionsTable(isSqlite(runner)), true);
  }

  /** Purges the trash: without these columns its sessions and messages would be back. */
  async down(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn(sessions, 'deleted_at')) {
      await runner.query(`DELETE FROM ${sessions} WHERE deleted_at IS NOT NULL`);
    }
    if (await runner.hasColumn(sessions, 'cleared_sequence')) {
      await runner.query(
        `DELETE FROM ${chat} WHERE sequence <= (SELECT s.cleared_sequence FROM ${sessions} s
           WHERE s.writeassistdevid = ${chat}.writeassistdevid AND s.userid = ${chat}.userid
             AND s.session_id = ${chat}.chat_session_id)`,
      );
    }
    if (await runner.hasColumn(chat, 'deletion_id')) {
      await runner.query(`DELETE FROM ${chat} WHERE deletion_id IS NOT NULL`);
    }
    await runner.dropTable(deletions, true);
    for (const [table, name] of columns.toReversed()) {
      if (await runner.hasColumn(table, name)) await runner.query(`ALTER TABLE ${table} DROP COLUMN ${name}`);
    }
  }
}

function deletionsTable(sqlite: boolean): Table {
  const bigint = (name: string, more: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
    name,
    type: sqlite ? 'integer' : 'bigint',
    ...more,
  });
  const integer = (name: string): TableColumnOptions => ({ name, type: 'integer', unsigned: true });
  const exact = (name: string, length: number): TableColumnOptions => ({
    ...{ name, type: 'varchar', length: String(length) },
    ...(sqlite ? {} : { charset: 'ascii', collation: 'ascii_bin' }),
  });
  return new Table({
    name: deletions,
    columns: [
      bigint('id', { unsigned: true, isPrimary: true, isGenerated: true, generationStrategy: 'increment' }),
      ...owner.map(integer),
      exact('chat_session_id', 50),
      exact('kind', 7),
      bigint('from_sequence'),
      bigint('to_sequence'),
      integer('message_count'),
      bigint('content_bytes'),
      bigint('deleted_at'),
      bigint('purge_at'),
      bigint('claimed_until', { default: 0 }),
    ],
    indices: [
      { name: 'ix_chat_deletions_session', columnNames: [...session, 'id'] },
      { name: 'ix_chat_deletions_purge', columnNames: ['purge_at'] },
    ],
    foreignKeys: [
      {
        name: 'fk_chat_deletions_session',
        columnNames: session,
        referencedTableName: sessions,
        referencedColumnNames: [...owner, 'session_id'],
        onDelete: 'CASCADE',
        // MySQL's default by name. Without it MariaDB reports RESTRICT, and TypeORM finds a difference to the entity.
        onUpdate: 'NO ACTION',
      },
    ],
    comment: tableComment,
    engine: 'InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci',
  });
}
