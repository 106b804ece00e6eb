import {
  Table,
  type MigrationInterface,
  type QueryRunner,
  type TableColumnOptions,
  type TableForeignKeyOptions,
} from 'typeorm';
import type { TableOptions } from 'typeorm/schema-builder/options/TableOptions.js';
import { tableComment } from './table-comment.js';
import { assertNoUnownedTables } from './assert-own-tables.js';

const owner = ['writeassistdevid', 'userid'];
const session = [...owner, 'chat_session_id'];

function cascade(
  name: string,
  columnNames: string[],
  referencedTableName: string,
  referencedColumnNames: string[],
): TableForeignKeyOptions {
  return {
    name,
    columnNames,
    referencedTableName,
    referencedColumnNames,
    onDelete: 'CASCADE',
    // MySQL's default by name. Without it MariaDB reports RESTRICT, and TypeORM finds a difference to the entity.
    onUpdate: 'NO ACTION',
  };
}

/** Creates the tables. Existing tables are skipped, so that the next run completes one that was killed. */
export class CreateChatTables1795305600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    const wanted = tables(sqlite);
    // The migrator has checked already, TypeORM's command line has not.
    await assertNoUnownedTables(
      runner,
      wanted.map(({ name }) => name),
    );
    for (const table of wanted) {
      await runner.createTable(
        new Table({
          ...table,
          comment: tableComment,
          engine: 'InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci',
        }),
        true,
      );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const { name } of tables(false).reverse()) await runner.dropTable(name, true);
  }
}

function tables(sqlite: boolean): TableOptions[] {
  const integer = (name: string, more: Partial<TableColumnOptions> = {}): TableColumnOptions => {
    return { name, type: 'integer', unsigned: true, ...more };
  };
  const bigint = (name: string, more: Partial<TableColumnOptions> = {}): TableColumnOptions => {
    return { name, type: sqlite ? 'integer' : 'bigint', ...more };
  };
  const exact = (name: string, more: Partial<TableColumnOptions> = {}): TableColumnOptions => {
    return {
      name,
      type: 'varchar',
      length: '50',
      ...(sqlite ? {} : { charset: 'ascii', collation: 'ascii_bin' }),
      ...more,
    };
  };
  const id = bigint('id', { unsigned: true, isPrimary: true, isGenerated: true, generationStrategy: 'increment' });
  const primary = { isPrimary: true, primaryKeyConstraintName: 'pk_chat_owners' };
  return [
    { name: 'user', columns: [integer('id', { isPrimary: true })] },
    { name: 'writeassistdev', columns: [integer('id', { isPrimary: true }), integer('cmid', { isNullable: true })] },
    {
      name: 'writeassistdev_chat_owners',
      columns: [
        integer('writeassistdevid', primary),
        integer('userid', primary),
        exact('active_session_id', { isNullable: true }),
      ],
      indices: [{ name: 'ix_chat_owners_user', columnNames: ['userid'] }],
      foreignKeys: [
        cascade('fk_chat_owners_activity', ['writeassistdevid'], 'writeassistdev', ['id']),
        cascade('fk_chat_owners_user', ['userid'], 'user', ['id']),
      ],
    },
    {
      name: 'writeassistdev_chat_sessions',
      columns: [
        id,
        integer('writeassistdevid'),
        integer('userid'),
        exact('session_id'),
        { name: 'title', type: 'varchar', length: '255', default: "'New Chat'" },
        bigint('last_sequence', { default: '0' }),
        integer('message_count', { default: '0' }),
        bigint('last_activity_at'),
        bigint('created_at'),
        bigint('modified_at'),
      ],
      uniques: [{ name: 'unique_session', columnNames: [...owner, 'session_id'] }],
      indices: [{ name: 'ix_chat_sessions_recent', columnNames: [...owner, 'last_activity_at', 'id'] }],
      foreignKeys: [cascade('fk_chat_sessions_owner', owner, 'writeassistdev_chat_owners', owner)],
    },
    {
      name: 'writeassistdev_chat',
      columns: [
        id,
        integer('writeassistdevid'),
        integer('userid'),
        exact('chat_session_id'),
        bigint('sequence'),
        { name: 'role', type: sqlite ? 'varchar' : 'enum', enum: ['user', 'assistant', 'system'] },
        { name: 'content', type: sqlite ? 'text' : 'mediumtext' },
        bigint('timestamp'),
        bigint('created_at'),
        exact('client_message_id', { length: '100', isNullable: true }),
      ],
      uniques: [
        { name: 'unique_chat_sequence', columnNames: [...session, 'sequence'] },
        { name: 'unique_chat_client_message', columnNames: [...owner, 'client_message_id'] },
      ],
      indices: [{ name: 'ix_chat_order', columnNames: [...session, 'timestamp', 'sequence'] }],
      foreignKeys: [cascade('fk_chat_session', session, 'writeassistdev_chat_sessions', [...owner, 'session_id'])],
    },
  ];
}
