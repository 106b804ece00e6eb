/** What a log may know of an error. */
export interface SerializedError {
  type: string;
  message?: string;
  code?: string | number;
  at: string[];
  cause?: SerializedError;
}

/**
 * Drivers' messages quote the values that they are about, and their errors carry statement and parameters: of an error
 * with a number of a database only the number and the place are kept.
 */
export function serializeError(error: unknown): SerializedError {
  if (!(error instanceof Error)) return { type: typeof error, at: [] };
  const { errno, errcode, code } = error as { errno?: number; errcode?: number; code?: string };
  const fromDatabase = errno !== undefined || errcode !== undefined || 'driverError' in error;
  const number = code ?? errcode ?? errno;
  return {
    type: error.constructor.name,
    ...(!fromDatabase && { message: error.message }),
    ...(number !== undefined && { code: number }),
    at: frames(error),
    ...(error.cause !== undefined && { cause: serializeError(error.cause) }),
  };
}

/** The stack begins with the message, whose lines may look like anything: without it, or not at all. */
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
