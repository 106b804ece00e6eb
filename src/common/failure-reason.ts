import { errorCauses } from './error-causes.js';

/**
 * Why a request to another server failed, in a few words: the code of the innermost error that has one, a timeout, or the
 * message of an error of this service. Messages of drivers and of Node are not quoted, since they may have data.
 */
export function reasonOf(error: unknown): string {
  const innermost = errorCauses(error).at(-1);
  return innermost === undefined ? 'unknown' : describe(innermost);
}

function describe(error: Error): string {
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === 'string') return code;
  if (error instanceof SyntaxError) return 'no JSON';
  return error.constructor === Error ? error.message : error.constructor.name;
}
