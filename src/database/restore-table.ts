import type { QueryRunner } from 'typeorm';
import { configurationError } from '../common/startup-error.js';

/**
 * Exists on MariaDB and MySQL while a backup is being restored, and afterwards if that was interrupted
 * (docs/adr/0037-backup.md). It has no rows.
 */
export const restoreTable = 'writeassistdev_chat_restores';

/** @throws StartupError when a restore into this database has not ended: nothing in it may be used */
export async function assertRestored(runner: QueryRunner): Promise<void> {
  if (runner.dataSource.options.type === 'better-sqlite3' || !(await runner.hasTable(restoreTable))) return;
  throw configurationError(
    'A restore into this database has not ended: wait for it, or run npm run restore again if it was interrupted.',
  );
}
