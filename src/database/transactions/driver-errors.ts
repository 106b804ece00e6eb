/**
 * Classifies the drivers' errors: mysql2's `errno` (the server's error numbers), SQLite's `errcode` (extended result
 * codes), Node's error codes, and error texts where a driver gives no code.
 */
const duplicateKey = { mysql: [1062], sqlite: [1555, 2067] };
/** Deadlock, lock wait timeout, snapshot conflict, Galera's "not ready"; SQLITE_BUSY and SQLITE_BUSY_SNAPSHOT. */
const rolledBack = { mysql: [1213, 1205, 1020, 1047], sqlite: [5, 517] };
/** Shutdown in progress, connection killed: treated as a lost connection. */
const lostConnection = [1053, 1927];
/** Too many connections or statements, disk full, read-only (three numbers), statement timeout (two). */
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
/** Errors without a code in mysql2: lib/base/pool.js and lib/base/connection.js. */
const poolRefusals =
  /^(Queue limit reached\.|Pool is closed\.|Can't add new command when connection is in closed state)$/;

interface DriverError {
  errno?: unknown;
  errcode?: unknown;
  code?: unknown;
  message?: unknown;
  driverError?: DriverError;
}

/** Unwraps TypeORM's QueryFailedError. */
function driverError(error: unknown): DriverError {
  if (typeof error !== 'object' || error === null) return {};
  return (error as DriverError).driverError ?? error;
}

/** The server's error number; 0 for other errors, such as Node's, whose numbers are negative. */
export function mysqlErrorNumber(error: unknown): number {
  const { errno } = driverError(error);
  return typeof errno === 'number' && errno > 0 ? errno : 0;
}

/** SQLite's extended result code; 0 for other errors. */
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

/** Whether the database rolled the transaction or the statement back, so that the whole transaction may be retried. */
export function isTransient(error: unknown): boolean {
  return rolledBack.mysql.includes(mysqlErrorNumber(error)) || rolledBack.sqlite.includes(sqliteErrorNumber(error));
}

/** Whether there is no connection, or it was lost: the last statement may or may not have been executed. */
export function isConnectionLost(error: unknown): boolean {
  const { message } = driverError(error);
  return (
    lostConnectionCodes.has(errorCode(error) ?? '') ||
    lostConnection.includes(mysqlErrorNumber(error)) ||
    (typeof message === 'string' && poolRefusals.test(message))
  );
}

/** Whether the database cannot execute the statement now, but may later. */
export function isUnavailable(error: unknown): boolean {
  return (
    isConnectionLost(error) ||
    unavailable.includes(mysqlErrorNumber(error)) ||
    sqliteUnavailable.includes(sqliteErrorNumber(error) & 0xff)
  );
}
