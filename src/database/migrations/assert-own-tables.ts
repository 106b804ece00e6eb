import type { QueryRunner } from 'typeorm';
import { StartupError, exitCodes } from '../../common/startup-error.js';
import { tableComment } from './table-comment.js';

/**
 * Checks that tables of these names do not exist or were created by this service: for example, a Moodle without a table
 * prefix has a table `user`. On SQLite the first migration is one transaction, so any existing table is unowned.
 * @throws StartupError that names the unowned tables
 */
export async function assertNoUnownedTables(runner: QueryRunner, names: string[]): Promise<void> {
  const sqlite = runner.dataSource.options.type === 'better-sqlite3';
  const found = (await runner.query(
    sqlite
      ? `SELECT name, '' AS comment FROM sqlite_master WHERE type IN ('table', 'view')`
      : `SELECT TABLE_NAME AS name, TABLE_COMMENT AS comment FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()`,
  )) as { name: string; comment: string }[];
  // Table names are case-insensitive on SQLite, and on MySQL depending on the operating system.
  const unowned = found
    .filter(({ name, comment }) => names.includes(name.toLowerCase()) && comment !== tableComment)
    .map(({ name }) => name);
  if (unowned.length === 0) return;
  throw new StartupError(
    [
      `The database already has tables that this service did not make: ${unowned.sort().join(', ')}. ` +
        'It needs a database of its own; nothing was changed.',
    ],
    exitCodes.configuration,
  );
}
