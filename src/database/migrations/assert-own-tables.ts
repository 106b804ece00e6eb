import type { QueryRunner } from 'typeorm';
import { StartupError, exitCodes } from '../../common/startup-error.js';
import { tableComment } from './table-comment.js';

/**
 * The database must be this service's own: a Moodle without a table prefix has a `user` of its own, for one.
 * On SQLite a migration is one transaction, so a table that is there before the first one is somebody else's.
 * @throws StartupError naming the tables that are there and are not ours
 */
export async function assertNoUnownedTables(runner: QueryRunner, names: string[]): Promise<void> {
  const sqlite = runner.dataSource.options.type === 'better-sqlite3';
  const found = (await runner.query(
    sqlite
      ? `SELECT name, '' AS mark FROM sqlite_master WHERE type IN ('table', 'view')`
      : `SELECT TABLE_NAME AS name, TABLE_COMMENT AS mark FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()`,
  )) as { name: string; mark: string }[];
  // SQLite's names, and MySQL's on some systems, are the same in both cases.
  const foreign = found
    .filter(({ name, mark }) => names.includes(name.toLowerCase()) && mark !== tableComment)
    .map(({ name }) => name);
  if (foreign.length === 0) return;
  throw new StartupError(
    [
      `The database already has tables that this service did not make: ${foreign.sort().join(', ')}. ` +
        'It needs a database of its own; nothing was changed.',
    ],
    exitCodes.configuration,
  );
}
