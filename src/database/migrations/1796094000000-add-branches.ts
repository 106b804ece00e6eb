import type { MigrationInterface, QueryRunner } from 'typeorm';
import { isSqlite } from './keep-ids.js';

const table = 'writeassistdev_chat';
/** Each column with its definition on MySQL and on SQLite. */
const columns: [name: string, mysql: string, sqlite: string][] = [
  ['parent_id', 'bigint NULL', 'integer'],
  ['revision_of', 'bigint NULL', 'integer'],
  ['on_branch', 'tinyint NULL DEFAULT 1', 'tinyint DEFAULT (1)'],
];

/**
 * Adds what makes the messages of a session a tree (docs/adr/0044-branches.md). The rows that are there, and those of
 * older programs, are one line: each follows the one that was saved before it.
 */
export class AddBranches1796094000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [name, mysql, sqlite] of columns) {
      if (await runner.hasColumn(table, name)) continue;
      // SQLite can add a column; TypeORM would recreate the table. MySQL and MariaDB change no row.
      const definition = isSqlite(runner) ? `"${name}" ${sqlite}` : `${name} ${mysql}`;
      await runner.query(`ALTER TABLE ${table} ADD COLUMN ${definition}`);
    }
  }

  /** Messages of other branches stay: the session shows all of them as one line, as older programs do. */
  async down(runner: QueryRunner): Promise<void> {
    for (const [name] of columns.toReversed()) {
      if (await runner.hasColumn(table, name)) await runner.query(`ALTER TABLE ${table} DROP COLUMN ${name}`);
    }
  }
}
