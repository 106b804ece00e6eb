import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../common/domain-error.js';
import { DatabaseBusy, DatabaseUnavailable } from './database.errors.js';
import { isTransient, isUnavailable } from './driver-errors.js';

const attempts = 6;
/** Before the second attempt at most this, in ms, and twice as much before each further one. */
const firstPauseMs = 20;

/**
 * Attempts a transaction until the database no longer undoes it for another's sake.
 * @throws DatabaseBusy after six attempts, DatabaseUnavailable, and whatever else the attempt throws
 */
export async function untilDone<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof DomainError) throw error;
      if (!isTransient(error)) throw isUnavailable(error) ? new DatabaseUnavailable(error) : error;
      if (number === attempts) throw new DatabaseBusy(error);
      await sleep(Math.random() * firstPauseMs * 2 ** (number - 1));
    }
  }
}
