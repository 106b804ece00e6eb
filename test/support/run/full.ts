/** Whether this run omits nothing: `npm run test:all` sets TEST_FULL=1. */
export const isFull = process.env.TEST_FULL === '1';

/** Returns `all` in a full run, otherwise `sample`, the part of it that `npm test` runs. */
export function full<T>(all: readonly T[], sample: readonly T[]): readonly T[] {
  return isFull ? all : sample;
}
