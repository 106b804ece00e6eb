/**
 * Why a request to another server failed, in a few words: the code of the innermost error that has one, a timeout, or the
 * message of an error of this service. Messages of drivers and of Node are not quoted, since they may have data.
 */
export function reasonOf(error: unknown): string {
  for (let current = error, last: Error | undefined; ; current = current.cause) {
    if (!(current instanceof Error)) return last === undefined ? 'unknown' : describe(last);
    last = current;
  }
}

function describe(error: Error): string {
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === 'string') return code;
  if (error instanceof SyntaxError) return 'no JSON';
  return error.constructor === Error ? error.message : error.constructor.name;
}
