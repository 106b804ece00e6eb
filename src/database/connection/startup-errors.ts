import { StartupError, exitCodes } from '../../common/startup-error.js';
import type { DatabaseConfig, MysqlConfig } from '../../config/config.js';
import { errorCode, isUnavailable, mysqlErrorNumber, sqliteErrorNumber } from '../transactions/driver-errors.js';

const sqliteBusy = 5;
const sqliteCannotOpen = [8, 14];
const sqliteNotADatabase = [11, 26];

/** The error to show to the administrator when the database cannot be used; undefined when waiting may help. */
export function toStartupError(error: unknown, config: DatabaseConfig): Error | undefined {
  if (error instanceof StartupError) return error;
  const line = config.engine === 'sqlite' ? sqliteProblem(error, config.file) : mysqlProblem(error, config);
  if (line !== undefined) {
    const code = (sqliteErrorNumber(error) & 0xff) === sqliteBusy ? exitCodes.failure : exitCodes.configuration;
    return new StartupError([line], code);
  }
  if (config.engine === 'mysql' && isUnavailable(error)) return undefined;
  return error instanceof Error ? error : new Error(String(error));
}

function sqliteProblem(error: unknown, file: string): string | undefined {
  const primary = sqliteErrorNumber(error) & 0xff;
  const fileSystemCode = primary === 0 ? errorCode(error) : undefined;
  if (primary === sqliteBusy) return `${file} is in use by another process: one server for one DATA_DIR`;
  if (sqliteCannotOpen.includes(primary) || fileSystemCode !== undefined) {
    return `${file} cannot be written: DATA_DIR must be a folder that can be written`;
  }
  if (sqliteNotADatabase.includes(primary))
    return `${file} is damaged or is not a database: move it away or restore it`;
  return undefined;
}

function mysqlProblem(error: unknown, config: MysqlConfig): string | undefined {
  const server = describeServer(config);
  const code = errorCode(error) ?? '';
  switch (mysqlErrorNumber(error)) {
    case 1044:
      return `${server} does not let the user ${quote(config.username)} use the database ${quote(config.database)}: grant it, or check DATABASE_URL`;
    case 1045:
    case 1698:
      return `${server} refuses the user ${quote(config.username)}: check the user and the password in DATABASE_URL`;
    case 1049:
      return `${server} has no database ${quote(config.database)}: create it, or check DATABASE_URL`;
    case 1142:
      return `${server} does not let the user ${quote(config.username)} create tables: grant it, or run migrations as another user`;
  }
  if (/^HANDSHAKE_|^ERR_TLS|^ERR_SSL|CERT|SIGNATURE|^SELF_SIGNED/.test(code)) {
    return `TLS with ${server} fails (${code}): check DATABASE_TLS and DATABASE_TLS_CA`;
  }
  return undefined;
}

export function describeServer({ host, port }: MysqlConfig): string {
  return `the database server at ${host}:${port}`;
}

function quote(name: string): string {
  return JSON.stringify(name);
}
