import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../../common/domain-error.js';
import {
  DatabaseBusyError,
  DatabaseUnavailableError,
  StatementTooLargeError,
  ValueRejectedError,
} from '../database.errors.js';
import { errorClass } from './driver-errors.js';

const maxAttempts = 6;
/** Maximum random delay before the second attempt; doubled before each further one. */
const firstDelayMs = 20;

/**
 * Retries a transaction that the database rolled back (deadlock, lock timeout).
 * @param wait waits for this many milliseconds after an error
 * @throws DatabaseBusyError after six attempts; DatabaseUnavailableError, StatementTooLargeError, ValueRejectedError by
 *   the class of the driver's error; the other errors of `attempt`
 */
export async function retryTransient<Result>(
  attempt: () => Promise<Result>,
  wait: (ms: number, error: unknown) => Promise<void> = (ms) => sleep(ms),
): Promise<Result> {
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof DomainError) throw error;
      if (errorClass(error) !== 'retry') throw toDomainError(error);
      if (number === maxAttempts) throw new DatabaseBusyError(error);
      await wait(Math.random() * firstDelayMs * 2 ** (number - 1), error);
    }
  }
}

/** The error to report for the error of a driver; `duplicate`, `null` and `defect` stay as they are. */
function toDomainError(error: unknown): unknown {
  switch (errorClass(error)) {
    case 'lost':
    case 'unavailable':
    case 'configuration':
      return new DatabaseUnavailableError(error);
    case 'too_large':
      return new StatementTooLargeError(undefined, error);
    case 'rejected':
      return new ValueRejectedError(error);
    default:
      return error;
  }
}
