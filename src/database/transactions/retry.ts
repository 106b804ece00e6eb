import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../../common/domain-error.js';
import { DatabaseBusyError, DatabaseUnavailableError } from '../database.errors.js';
import { isTransient, isUnavailable } from './driver-errors.js';

const maxAttempts = 6;
/** Maximum random delay before the second attempt; doubled before each further one. */
const firstDelayMs = 20;

/**
 * Retries a transaction that the database rolled back (deadlock, lock timeout).
 * @throws DatabaseBusyError after six attempts, DatabaseUnavailableError, and the other errors of `attempt`
 */
export async function retryTransient<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof DomainError) throw error;
      if (!isTransient(error)) throw isUnavailable(error) ? new DatabaseUnavailableError(error) : error;
      if (number === maxAttempts) throw new DatabaseBusyError(error);
      await sleep(Math.random() * firstDelayMs * 2 ** (number - 1));
    }
  }
}
