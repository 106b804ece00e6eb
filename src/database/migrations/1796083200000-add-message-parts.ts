import { Table, TypeORMError, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';
import { isSqlite, keepingIds } from './keep-ids.js';
import { tableComment } from './table-comment.js';

const chat = 'writeassistdev_chat';
const streams = 'writeassistdev_chat_streams';
const chunks = 'writeassistdev_chat_chunks';
const message = ['writeassistdevid', 'userid', 'chat_session_id', 'sequence'];

const formerRoles = ['user', 'assistant', 'system'];
const ascii = 'CHARACTER SET ascii COLLATE ascii_bin';
/** Each column with its definition on MySQL and on SQLite. The last one tells that all are there on MySQL. */
const columns: [name: string, mysql: string, sqlite: string][] = [
  ['format', `varchar(64) ${ascii} NULL`, 'varchar(64)'],
  ['payload', 'mediumtext NULL', 'text'],
  ['metadata', 'text NULL', 'text'],
  ['request_sha256', `varchar(64) ${ascii} NULL`, 'varchar(64)'],
  ['status', `varchar(11) ${ascii} NOT NULL DEFAULT 'complete'`, `varchar(11) NOT NULL DEFAULT ('complete')`],
];

/**
 * Adds payloads, metadata, two roles, and what a reply needs that arrives in chunks (docs/adr/0041-message-model.md).
 * MariaDB changes only its own description of the table; SQLite copies the table for the roles.
 */
export class AddMessageParts1796083200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addColumns(runner);
    await setRoles(runner, [...formerRoles, 'tool', 'developer']);
    for (const table of [streamsTable(isSqlite(runner)), chunksTable(isSqlite(runner))]) {
      await runner.createTable(table, true);
    }
  }

  /** Messages of the two roles become those of the system. Replies that have not ended keep the text they began with. */
  async down(runner: QueryRunner): Promise<void> {
    for (const name of [chunks, streams]) await runner.dropTable(name, true);
    await runner.query(`UPDATE ${chat} SET role = 'system' WHERE role IN ('tool', 'developer')`);
    await setRoles(runner, formerRoles);
    for (const [name] of columns) {
      if (await runner.hasColumn(chat, name)) await runner.query(`ALTER TABLE ${chat} DROP COLUMN ${name}`);
    }
  }
}

async function addColumns(runner: QueryRunner): Promise<void> {
  if (!isSqlite(runner)) {
    if (await runner.hasColumn(chat, 'status')) return;
    await runner.query(`ALTER TABLE ${chat} ${columns.map(([name, type]) => `ADD COLUMN ${name} ${type}`).join(', ')}`);
    return;
  }
  for (const [name, , type] of columns) {
    if (!(await runner.hasColumn(chat, name))) await runner.query(`ALTER TABLE ${chat} ADD COLUMN "${name}" ${type}`);
  }
}

async function setRoles(runner: QueryRunner, roles: string[]): Promise<void> {
  const old = (await runner.getTable(chat))?.findColumnByName('role');
  if (!old) throw new TypeORMError(`${chat} has no column role`);
  if (old.enum?.length === roles.length) return;
  if (!isSqlite(runner)) {
    await runner.query(`ALTER TABLE ${chat} MODIFY role enum(${roles.map((role) => `'${role}'`).join()}) NOT NULL`);
    return;
  }
  const wanted = old.clone();
  wanted.enum = roles;
  await keepingIds(runner, chat, () => runner.changeColumn(chat, old, wanted));
}

function streamsTable(sqlite: boolean): Table {
  return tableOfMessage(sqlite, streams, 'pk_chat_streams', 'fk_chat_streams_message', [
    { name: 'byte_count', type: sqlite ? 'integer' : 'bigint' },
    exact(sqlite, 'lease', 32),
    { name: 'written_at', type: sqlite ? 'integer' : 'bigint' },
  ]);
}

function chunksTable(sqlite: boolean): Table {
  const offset = {
    name: 'byte_offset',
    type: sqlite ? 'integer' : 'bigint',
    isPrimary: true,
    primaryKeyConstraintName: 'pk_chat_chunks',
  };
  return tableOfMessage(sqlite, chunks, 'pk_chat_chunks', 'fk_chat_chunks_message', [
    offset,
    { name: 'content', type: sqlite ? 'text' : 'mediumtext' },
  ]);
}

/** A table whose rows belong to a message, and are deleted with it. */
function tableOfMessage(
  sqlite: boolean,
  name: string,
  key: string,
  foreignKey: string,
  more: TableColumnOptions[],
): Table {
  const primary = { isPrimary: true, primaryKeyConstraintName: key };
  return new Table({
    name,
    columns: [
      { name: 'writeassistdevid', type: 'integer', unsigned: true, ...primary },
      { name: 'userid', type: 'integer', unsigned: true, ...primary },
      { ...exact(sqlite, 'chat_session_id', 50), ...primary },
      { name: 'sequence', type: sqlite ? 'integer' : 'bigint', ...primary },
      ...more,
    ],
    foreignKeys: [
      {
        name: foreignKey,
        columnNames: message,
        referencedTableName: chat,
        referencedColumnNames: message,
        onDelete: 'CASCADE',
        // MySQL's default by name. Without it MariaDB reports RESTRICT, and TypeORM finds a difference to the entity.
        onUpdate: 'NO ACTION',
      },
    ],
    comment: tableComment,
    engine: 'InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci',
    withoutRowid: sqlite,
  });
}

function exact(sqlite: boolean, name: string, length: number): TableColumnOptions {
  const collation = sqlite ? {} : { charset: 'ascii', collation: 'ascii_bin' };
  return { name, type: 'varchar', length: String(length), ...collation };
}
