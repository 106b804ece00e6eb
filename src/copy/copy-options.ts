import { parseSecretArguments } from '../common/secret-arguments.js';
import { StartupError, exitCodes } from '../common/startup-error.js';
import { parseDatabaseUrl } from '../config/database-url.js';

const usage = 'usage: npm run -s copy -- --from ./data --to mysql://user:password@host:3306/name';
export const copyHelp = `${usage}

Copies all chats of a server on SQLite to MariaDB or MySQL, with their ids, and compares both sides at the end. The
source is not changed. Run it again after an interruption: it continues, and copies nothing twice.

  --from <path>     the DATA_DIR of a stopped server, or a backup of its database file
  --to <url>        an empty database; or in the variable DATABASE_URL, which other users of the machine cannot see
  --help, --version

DATABASE_TLS, DATABASE_TLS_CA, DATABASE_SHARED and MIGRATE_AT_START apply to the target as at a start of the server.`;

export interface CopyOptions {
  /** A folder or a file. */
  from: string;
  /** A valid database URL. */
  to: string;
  /** Where `to` was given. */
  toName: '--to' | 'DATABASE_URL';
}

/**
 * Parses the command line.
 * @param args the arguments after the command's name
 * @param targetUrl the variable DATABASE_URL, the default of `--to`
 * @throws StartupError exit code 78
 */
export function readCopyOptions(args: string[], targetUrl: string | undefined): CopyOptions {
  const string = { type: 'string', default: '' } as const;
  const { from, to } = parseSecretArguments(args, { from: string, to: string }, usageError);
  if (from === '')
    throw usageError('--from must be the DATA_DIR of a stopped server, or a backup of its database file');
  if (/^[a-z]+:\/\//i.test(from)) {
    throw usageError('--from must be a folder or a file: only SQLite is copied, and to MariaDB or MySQL only');
  }
  const toName = to === '' ? 'DATABASE_URL' : '--to';
  const url = to === '' ? (targetUrl ?? '') : to;
  if (url === '') throw usageError('--to, or the variable DATABASE_URL, must name a database on MariaDB or MySQL');
  const parsed = parseDatabaseUrl(url);
  if (typeof parsed === 'string') throw usageError(`${toName} ${parsed}`);
  return { from, to: url, toName };
}

function usageError(problem: string): StartupError {
  return new StartupError([problem, usage], exitCodes.configuration);
}
