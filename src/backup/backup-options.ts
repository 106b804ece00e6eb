import { parseSecretArguments } from '../common/secret-arguments.js';
import { StartupError, exitCodes } from '../common/startup-error.js';

const backupUsage = 'usage: npm run -s backup -- --to /backups/chats-2026-11-22';
export const backupHelp = `${backupUsage}

Writes all data into one file, also while the server runs: on SQLite an SQLite database, on MariaDB and MySQL a dump
that is compressed by gzip. It needs the variables of the server, and on MariaDB and MySQL the programs mariadb-dump
and mariadb, or mysqldump and mysql.

  --to <path>       a file that does not exist yet; only this user will be able to read it
  --help, --version

The file has neither settings (.env) nor secrets.`;

const restoreUsage = 'usage: npm run -s restore -- --from /backups/chats-2026-11-22';
export const restoreHelp = `${restoreUsage}

Restores a backup: on SQLite into a DATA_DIR without a database, on MariaDB and MySQL into a database without tables of
this service. It needs the variables of the server, which must not run. The next start brings older data up to date.

  --from <path>     a file that npm run backup has written
  --replace         on SQLite: keeps the database that is in DATA_DIR under another name
  --help, --version`;

/**
 * Parses the command line of a backup.
 * @throws StartupError exit code 78
 */
export function readBackupOptions(args: string[]): { to: string } {
  const { to } = parseSecretArguments(args, { to: { type: 'string', default: '' } }, usageError(backupUsage));
  if (to === '') throw usageError(backupUsage)('--to must name the file to write');
  assertPath('--to', to, backupUsage);
  return { to };
}

export interface RestoreOptions {
  from: string;
  /** Whether a database that is there may be moved aside. */
  replace: boolean;
}

/**
 * Parses the command line of a restore.
 * @throws StartupError exit code 78
 */
export function readRestoreOptions(args: string[]): RestoreOptions {
  const options = { from: { type: 'string', default: '' }, replace: { type: 'boolean', default: false } } as const;
  const { from, replace } = parseSecretArguments(args, options, usageError(restoreUsage));
  if (from === '') throw usageError(restoreUsage)('--from must name a file that npm run backup has written');
  assertPath('--from', from, restoreUsage);
  return { from, replace };
}

/** A URL may have a password: it is not quoted. */
function assertPath(name: string, path: string, usage: string): void {
  if (/^[a-z]+:\/\//i.test(path))
    throw usageError(usage)(`${name} must be the path of a file: DATABASE_URL names the database`);
}

function usageError(usage: string): (problem: string) => StartupError {
  return (problem) => new StartupError([problem, usage], exitCodes.configuration);
}
