/** An error without user data, for the log. */
export interface SerializedError {
  type: string;
  message?: string;
  code?: string | number;
  /** Number of a database's error: of MariaDB or MySQL, or SQLite's extended result code. */
  errno?: number;
  /** The innermost stack frames. */
  at: string[];
  cause?: SerializedError;
}

/**
 * Converts an error to what may be logged. Messages of database drivers quote values, and their errors carry statement
 * and parameters, so errors of a database keep only their number and stack frames.
 */
export function serializeError(error: unknown): SerializedError {
  if (!(error instanceof Error)) return { type: typeof error, at: [] };
  const { errno, errcode, code } = error as { errno?: number; errcode?: number; code?: string };
  const fromDatabase = errno !== undefined || errcode !== undefined || 'driverError' in error;
  const number = errcode ?? errno;
  return {
    type: error.constructor.name,
    ...(!fromDatabase && { message: error.message }),
    ...((code ?? number) !== undefined && { code: code ?? number }),
    ...(number !== undefined && number > 0 && { errno: number }),
    at: frames(error),
    ...(error.cause !== undefined && { cause: serializeError(error.cause) }),
  };
}

/** The first eight stack frames. `stack` starts with the message, which may contain user data and is cut off. */
function frames({ stack = '', message }: Error): string[] {
  const start = stack.indexOf(message);
  if (start === -1) return [];
  return stack
    .slice(start + message.length)
    .split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .slice(0, 8)
    .map((line) => line.trim());
}
