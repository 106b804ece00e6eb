import type { QueryRunner } from 'typeorm';
import { isSqlite } from './keep-ids.js';

/**
 * Removes what dropped columns have left. MySQL and MariaDB mark them only, and count them in the size of a row: a table
 * whose columns are dropped and added again some times has no room for them.
 */
export async function rebuildTable(runner: QueryRunner, table: string): Promise<void> {
  if (!isSqlite(runner)) await runner.query(`ALTER TABLE ${table} FORCE`);
}
