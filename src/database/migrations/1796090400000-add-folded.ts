import type { MigrationInterface, QueryRunner } from 'typeorm';
import { isSqlite } from './keep-ids.js';

const table = 'writeassistdev_chat';
const column = 'folded';

/**
 * Adds the form of each message's content that a search compares (docs/adr/0043-search.md), and leaves it NULL: a search
 * folds these contents itself.
 */
export class AddFolded1796090400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn(table, column)) return;
    // SQLite can add a column; TypeORM would recreate the table. MySQL and MariaDB change no row.
    const definition = isSqlite(runner) ? `"${column}" blob` : `${column} mediumblob NULL`;
    await runner.query(`ALTER TABLE ${table} ADD COLUMN ${definition}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn(table, column)) await runner.query(`ALTER TABLE ${table} DROP COLUMN ${column}`);
  }
}
