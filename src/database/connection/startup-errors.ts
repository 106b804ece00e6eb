import { dirname } from 'node:path';
import { foreignFile } from '../../common/foreign-file.js';
import { StartupError, exitCodes } from '../../common/startup-error.js';
import type { DatabaseConfig, MysqlConfig } from '../../config/config.js';
import {
  errorClass,
  errorCode,
  isConnectionLimit,
  isSqliteBusy,
  isUnavailable,
  mysqlErrorNumber,
  sqlitePrimaryNumber,
} from '../transactions/driver-errors.js';
import { mysqlErrors } from '../transactions/error-table.js';

const sqliteCannotOpen = [3, 8, 14, 22, 23];
const sqliteNotADatabase = [11, 26];

/** The error to show to the administrator when the database cannot be used; undefined when waiting may help. */
export function toStartupError(error: unknown, config: DatabaseConfig): Error | undefined {
  if (error instanceof StartupError) return error;
  const line = config.engine === 'sqlite' ? sqliteProblem(error, config.file) : mysqlProblem(error, config);
  if (line !== undefined) {
    const code = isSqliteBusy(error) ? exitCodes.failure : exitCodes.configuration;
    return new StartupError([line], code);
  }
  if (config.engine === 'mysql' && isUnavailable(error)) return undefined;
  return error instanceof Error ? error : new Error(String(error));
}

/** The error to show for a command that does not wait, when `toStartupError` has none. */
export function toUnreachableError(error: unknown, config: DatabaseConfig): unknown {
  if (config.engine === 'sqlite' || !isUnavailable(error)) return error;
  return new StartupError([
    `${describeServer(config)} cannot be used now (${describeReason(error)})${connectionLimitHint(error)}`,
  ]);
}

/** The code of Node or the driver, or the error number of the server. */
export function describeReason(error: unknown): string {
  return errorCode(error) ?? String(mysqlErrorNumber(error));
}

/** Empty for other errors. */
export function connectionLimitHint(error: unknown): string {
  return isConnectionLimit(error) ? ', which allows no more connections: lower DATABASE_POOL_SIZE' : '';
}

function sqliteProblem(error: unknown, file: string): string | undefined {
  const primary = sqlitePrimaryNumber(error);
  const fileSystemCode = primary === 0 ? errorCode(error) : undefined;
  if (isSqliteBusy(error)) return `${file} is in use by another process: one server for one DATA_DIR`;
  if (sqliteCannotOpen.includes(primary) || fileSystemCode !== undefined) {
    const files = [dirname(file), file, `${file}-wal`, `${file}-shm`];
    return foreignFile(files) ?? `${file} cannot be written: DATA_DIR must be a folder that can be written`;
  }
  if (sqliteNotADatabase.includes(primary))
    return `${file} is damaged or is not a database: move it away or restore it`;
  return undefined;
}

function mysqlProblem(error: unknown, config: MysqlConfig): string | undefined {
  const server = describeServer(config);
  const code = errorCode(error) ?? '';
  if (errorClass(error) === 'configuration') return configurationProblem(error, config, server);
  if (/^HANDSHAKE_|^ERR_TLS|^ERR_SSL|CERT|SIGNATURE|^SELF_SIGNED/.test(code)) {
    return `TLS with ${server} fails (${code}): check DATABASE_TLS and DATABASE_TLS_CA`;
  }
  return undefined;
}

const grants = 'SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES';
const setTls = 'set DATABASE_TLS to verify or unverified';

function configurationProblem(error: unknown, config: MysqlConfig, server: string): string {
  const user = `the user ${quote(config.username)}`;
  const number = mysqlErrorNumber(error);
  switch (number) {
    case 1044:
    case 3879:
      return `${server} does not let ${user} use the database ${quote(config.database)}: grant it, or check DATABASE_URL`;
    case 1045:
    case 1698: {
      const tls = config.tls === 'off' ? `; if the server or the account requires TLS, ${setTls}` : '';
      return `${server} refuses ${user}: check the user and the password in DATABASE_URL${tls}`;
    }
    case 3159:
      return `${server} accepts only connections with TLS: ${setTls}`;
    case 1049:
      return `${server} has no database ${quote(config.database)}: create it, or check DATABASE_URL`;
    case 1129:
      return `${server} blocks this host after too many failed connections: run FLUSH HOSTS there`;
    case 1130:
      return `${server} does not let ${user} connect from this host: create the user for this host`;
    case 1142:
    case 1143:
    case 1227:
    case 1370:
      return `${server} does not let ${user} ${deniedCommand(error)}: GRANT ${grants} ON its database (the last five only for migrations, which another user may run with MIGRATE_AT_START=false)`;
    case 1251:
    case 1275:
    case 1524:
      return `${server} authenticates ${user} by a method that cannot be used here: change the plugin of the account (${describe(number)})`;
    case 1820:
    case 1862:
      return `${server} demands a new password of ${user}: set one, and change DATABASE_URL`;
    case 3118:
    case 3955:
    case 4150:
    case 4151:
      return `${server} has locked the account of ${user}: unlock it (${describe(number)})`;
    case 1598:
    case 1661:
    case 1662:
    case 1663:
    case 1665:
      return `${server} cannot write its binary log: binlog_format must be ROW or MIXED (${describe(number)})`;
    case 1031:
    case 1178:
    case 1286:
    case 1289:
    case 1478:
    case 1785:
    case 4182:
      return `${server} must offer the storage engine InnoDB with its defaults (${describe(number)})`;
    default:
      return `${server} is configured in a way that does not work with this service: look up ${describe(number)} in its manual`;
  }
}

function describe(number: number): string {
  return `error ${number}, ${mysqlErrors.get(number)?.name ?? 'unknown'}`;
}

/** Commands in the server's message, which starts with them in every language. The rest of the message is not shown. */
export function deniedCommand(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const command = /^(?:[A-Z]+: )?'?([A-Z]{4,}(?:,? [A-Z]{4,})*)(?=[ '])/.exec(message)?.[1];
  if (command === undefined) return 'create tables or use them';
  return command === 'CREATE' ? 'create tables' : command;
}

export function describeServer({ host, port }: MysqlConfig): string {
  return `the database server at ${host}:${port}`;
}

function quote(name: string): string {
  return JSON.stringify(name);
}
