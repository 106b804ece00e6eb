/**
 * What the drivers' errors mean: mysql2's `errno` (the server's numbers), the embedded engine's `errcode`
 * (SQLite's extended result codes), and the texts of lost connections.
 */
const duplicateKey = { mysql: [1062], sqlite: [1555, 2067] };
/** Deadlock, lock wait, snapshot conflict, Galera's "not ready"; SQLITE_BUSY and SQLITE_BUSY_SNAPSHOT. */
const rolledBack = { mysql: [1213, 1205, 1020, 1047], sqlite: [5, 517] };
/** Shutdown in progress, connection killed: as good as a lost connection. */
const lostConnection = [1053, 1927];
/** Too many connections or statements, disk full, read-only (three ways to say it), statement ran too long (two). */
const unavailable = [1040, 1203, 1226, 1021, 1114, 1290, 1836, 3100, 1969, 3024];
/** Primary codes SQLITE_READONLY, SQLITE_IOERR and SQLITE_FULL. */
const sqliteUnavailable = [8, 10, 13];
const lostConnectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
]);
/** mysql2 gives these no code: lib/base/pool.js and lib/base/connection.js. */
const poolRefusals =
  /^(Queue limit reached\.|Pool is closed\.|Can't add new command when connection is in closed state)$/;

interface DriverError {
  errno?: unknown;
  errcode?: unknown;
  code?: unknown;
  message?: unknown;
  driverError?: DriverError;
}

/** The driver's own error, out of TypeORM's wrapping. */
function driverError(error: unknown): DriverError {
  if (typeof error !== 'object' || error === null) return {};
  return (error as DriverError).driverError ?? error;
}

/** The server's error number; Node's own errors have negative ones, which are none. */
export function mysqlErrorNumber(error: unknown): number {
  const { errno } = driverError(error);
  return typeof errno === 'number' && errno > 0 ? errno : 0;
}

/** SQLite's extended result code. */
export function sqliteErrorNumber(error: unknown): number {
  const { errcode } = driverError(error);
  return typeof errcode === 'number' ? errcode : 0;
}

export function errorCode(error: unknown): string | undefined {
  const { code } = driverError(error);
  return typeof code === 'string' ? code : undefined;
}

export function isDuplicate(error: unknown): boolean {
  return duplicateKey.mysql.includes(mysqlErrorNumber(error)) || duplicateKey.sqlite.includes(sqliteErrorNumber(error));
}

/** The database undid the transaction, or the statement, for another's sake: the whole unit of work may run again. */
export function isTransient(error: unknown): boolean {
  return rolledBack.mysql.includes(mysqlErrorNumber(error)) || rolledBack.sqlite.includes(sqliteErrorNumber(error));
}

/** There is no connection, or it broke: what was sent last may or may not have been done. */
export function isConnectionLost(error: unknown): boolean {
  const { message } = driverError(error);
  return (
    lostConnectionCodes.has(errorCode(error) ?? '') ||
    lostConnection.includes(mysqlErrorNumber(error)) ||
    (typeof message === 'string' && poolRefusals.test(message))
  );
}

/** The database cannot do it now, and may later. */
export function isUnavailable(error: unknown): boolean {
  return (
    isConnectionLost(error) ||
    unavailable.includes(mysqlErrorNumber(error)) ||
    sqliteUnavailable.includes(sqliteErrorNumber(error) & 0xff)
  );
}
