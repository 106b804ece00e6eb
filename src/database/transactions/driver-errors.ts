import { mysqlErrorClass, sqliteErrorClass, type ErrorClass } from './error-table.js';

/**
 * Classifies the drivers' errors: mysql2's `errno` (the server's error numbers), SQLite's `errcode` (extended result
 * codes), Node's error codes, and error texts where a driver gives no code.
 */
const lostConnectionCodes = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EMFILE',
  'ENFILE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
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

const sqliteBusy = 5;

/** SQLite's extended result code; 0 for other errors. */
export function sqliteErrorNumber(error: unknown): number {
  const { errcode } = driverError(error);
  return typeof errcode === 'number' ? errcode : 0;
}

/** SQLite's primary result code, which is a part of the extended one; 0 for other errors. */
export function sqlitePrimaryNumber(error: unknown): number {
  return sqliteErrorNumber(error) & 0xff;
}

/** Whether another process has locked the SQLite file. */
export function isSqliteBusy(error: unknown): boolean {
  return sqlitePrimaryNumber(error) === sqliteBusy;
}

/** Too many connections: of the server (1040), of its account (1203), or of the account's resource limit (1226). */
const connectionLimits = [1040, 1203, 1226];

/** Whether the server refused a connection because there are too many. */
export function isConnectionLimit(error: unknown): boolean {
  return connectionLimits.includes(mysqlErrorNumber(error));
}

export function errorCode(error: unknown): string | undefined {
  const { code } = driverError(error);
  return typeof code === 'string' ? code : undefined;
}

/** The class of an error of a driver, or of TypeORM around it; `defect` for every other error. */
export function errorClass(error: unknown): ErrorClass {
  const number = mysqlErrorNumber(error);
  if (number > 0) return mysqlErrorClass(number);
  const result = sqliteErrorNumber(error);
  if (result > 0) return sqliteErrorClass(result);
  const { message } = driverError(error);
  const isLost =
    lostConnectionCodes.has(errorCode(error) ?? '') || (typeof message === 'string' && poolRefusals.test(message));
  return isLost ? 'lost' : 'defect';
}

export function isDuplicate(error: unknown): boolean {
  return errorClass(error) === 'duplicate';
}

/** Whether a column that must not be NULL refused the row. */
export function isNullViolation(error: unknown): boolean {
  return errorClass(error) === 'null';
}

/** Whether the database rolled the transaction or the statement back, so that the whole transaction may be retried. */
export function isTransient(error: unknown): boolean {
  return errorClass(error) === 'retry';
}

/** Whether there is no connection, or it was lost: the last statement may or may not have been executed. */
export function isConnectionLost(error: unknown): boolean {
  return errorClass(error) === 'lost';
}

/** Whether the database cannot execute the statement now, but may later. */
export function isUnavailable(error: unknown): boolean {
  return ['lost', 'unavailable'].includes(errorClass(error));
}
