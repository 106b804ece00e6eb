import {
  DatabaseBusyError,
  DatabaseUnavailableError,
  OutcomeUnknownError,
  StatementTooLargeError,
  ValueRejectedError,
} from '../database.errors.js';
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

const noWait = () => Promise.resolve();

describe('retryTransient', () => {
  it.each([0, 1, 5])('succeeds after %i deadlocks', async (times) => {
    const attempt = failing(times, deadlock);
    expect(await retryTransient(attempt, noWait)).toBe('done');
    expect(attempt.runs).toBe(times + 1);
  });

  it('throws DatabaseBusyError with the cause after six attempts', async () => {
    const attempt = failing(6, deadlock);
    const error: unknown = await retryTransient(attempt, noWait).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DatabaseBusyError);
    expect(error).toMatchObject({ kind: 'unavailable', code: 'database_busy', cause: deadlock });
    expect(attempt.runs).toBe(6);
  });

  it('waits a random time that doubles with every attempt, at most 20 ms before the second', async () => {
    const waits: number[][] = [[], [], [], [], []];
    for (let count = 0; count < 60; count++) {
      let number = 0;
      await retryTransient(failing(5, deadlock), (ms) => {
        waits[number++]?.push(ms);
        return Promise.resolve();
      });
    }
    for (const [index, limit] of [20, 40, 80, 160, 320].entries()) {
      const found = waits[index] ?? [];
      expect(found).toHaveLength(60);
      expect(Math.min(...found)).toBeLessThan(limit / 2);
      expect(Math.max(...found)).toBeGreaterThan(limit / 2);
      expect(Math.max(...found)).toBeLessThan(limit);
    }
  });

  it.each([
    ['DatabaseUnavailableError', 'a lost connection', { code: 'ECONNRESET' }, DatabaseUnavailableError],
    ['StatementTooLargeError', 'a packet that is too large', { errno: 1153 }, StatementTooLargeError],
    ['ValueRejectedError', 'a rejected value', { errno: 1366 }, ValueRejectedError],
  ])('throws %s without a retry for %s', async (_name, _reason, properties, type) => {
    const cause = Object.assign(new Error('driver'), properties);
    const attempt = failing(1, cause);
    const error: unknown = await retryTransient(attempt, noWait).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ cause });
    expect(attempt.runs).toBe(1);
  });

  it.each([new OutcomeUnknownError(deadlock), new DatabaseBusyError(deadlock), new TypeError('ours')])(
    'rethrows %p unchanged, without a retry',
    async (error) => {
      const attempt = failing(1, error);
      await expect(retryTransient(attempt, noWait)).rejects.toBe(error);
      expect(attempt.runs).toBe(1);
    },
  );
});
