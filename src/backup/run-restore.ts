import { resolve } from 'node:path';
import { configurationError } from '../common/startup-error.js';
import type { Config } from '../config/config.js';
import { describeServer } from '../database/connection/startup-errors.js';
import { assertKind } from './backup-kind.js';
import type { RestoreOptions } from './backup-options.js';
import { restoreMysql } from './mysql/restore-mysql.js';
import { restoreSqlite } from './sqlite/restore-sqlite.js';

/**
 * Restores a backup.
 * @returns what to tell the administrator
 * @throws StartupError when nothing was restored, or only a part, on which no server starts
 */
export async function runRestore({ database }: Config, { from, replace }: RestoreOptions): Promise<string> {
  const file = resolve(from);
  await assertKind(file, database.engine);
  if (database.engine === 'sqlite') {
    const { sessions, messages, aside } = await restoreSqlite(file, database.file, replace);
    const replaced = aside === undefined ? [] : [`The database that was there is now ${aside}.`];
    return report(sessions, messages, database.file, replaced);
  }
  if (replace) {
    throw configurationError('--replace is for SQLite: create a new database, and name it in DATABASE_URL');
  }
  const { sessions, messages } = await restoreMysql(file, database);
  return report(sessions, messages, `${describeServer(database)}, database ${JSON.stringify(database.database)}`, []);
}

function report(sessions: number, messages: number, place: string, more: string[]): string {
  return [
    `Restored to ${place}: sessions: ${sessions}, messages: ${messages}.`,
    ...more,
    'Start the server with the secret that it had before: other tokens end.',
    '',
  ].join('\n');
}
