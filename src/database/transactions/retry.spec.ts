import { DatabaseBusyError, DatabaseUnavailableError, OutcomeUnknownError } from '../database.errors.js';
import { retryTransient } from './retry.js';

const deadlock = Object.assign(new Error('deadlock'), { errno: 1213 });

/** Fails this many times with `error`, then succeeds. */
function failing(times: number, error: Error) {
  const attempt = () => {
    attempt.runs++;
    return attempt.runs <= times ? Promise.reject(error) : Promise.resolve('done');
  };
  attempt.runs = 0;
  return attempt;
}

describe('retryTransient', () => {
  it.each([0, 1, 5])('succeeds after %i deadlocks', async (times) => {
    const attempt = failing(times, deadlock);
    expect(await retryTransient(attempt)).toBe('done');
    expect(attempt.runs).toBe(times + 1);
  });

  it('throws DatabaseBusyError with the cause after six attempts', async () => {
    const attempt = failing(6, deadlock);
    const error: unknown = await retryTransient(attempt).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DatabaseBusyError);
    expect(error).toMatchObject({ kind: 'unavailable', code: 'database_busy', cause: deadlock });
    expect(attempt.runs).toBe(6);
  });

  it('throws DatabaseUnavailableError without a retry if the connection is lost', async () => {
    const lost = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    const attempt = failing(1, lost);
    const error: unknown = await retryTransient(attempt).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error).toMatchObject({ cause: lost });
    expect(attempt.runs).toBe(1);
  });

  it.each([new OutcomeUnknownError(deadlock), new DatabaseBusyError(deadlock), new TypeError('ours')])(
    'rethrows %p unchanged, without a retry',
    async (error) => {
      const attempt = failing(1, error);
      await expect(retryTransient(attempt)).rejects.toBe(error);
      expect(attempt.runs).toBe(1);
    },
  );
});
