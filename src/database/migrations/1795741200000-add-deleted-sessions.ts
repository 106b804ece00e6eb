import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { isSqlite } from './keep-ids.js';
import { tableComment } from './table-comment.js';

const deletedSessions = 'writeassistdev_chat_deleted_sessions';
const owner = ['writeassistdevid', 'userid'];

/** Adds the ids of sessions that were deleted not long ago (docs/adr/0023-late-messages.md). */
export class AddDeletedSessions1795741200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = isSqlite(runner);
    const primary = { isPrimary: true, primaryKeyConstraintName: 'pk_chat_deleted_sessions' };
    await runner.createTable(
      new Table({
        name: deletedSessions,
        columns: [
          ...owner.map((name) => ({ name, type: 'integer', unsigned: true, ...primary })),
          {
            name: 'session_id',
            type: 'varchar',
            length: '50',
            ...(sqlite ? {} : { charset: 'ascii', collation: 'ascii_bin' }),
            ...primary,
          },
          { name: 'deleted_at', type: sqlite ? 'integer' : 'bigint' },
        ],
        foreignKeys: [
          {
            name: 'fk_chat_deleted_sessions_owner',
            columnNames: owner,
            referencedTableName: 'writeassistdev_chat_owners',
            referencedColumnNames: owner,
            onDelete: 'CASCADE',
            // MySQL's default by name. Without it MariaDB reports RESTRICT, and TypeORM finds a difference to the entity.
            onUpdate: 'NO ACTION',
          },
        ],
        comment: tableComment,
        engine: 'InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci',
      }),
      true,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(deletedSessions, true);
  }
}
