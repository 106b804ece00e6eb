import { withTimeout } from '../../common/with-timeout.js';
import { DatabaseBusyError } from '../database.errors.js';

/** Mutual exclusion in order of arrival. */
export class Mutex {
  #tail: Promise<void> = Promise.resolve();

  /**
   * Waits for the lock.
   * @returns the function that releases it
   * @throws DatabaseBusyError when the lock was not free within `timeoutMs`
   */
  async acquire(timeoutMs: number): Promise<() => void> {
    const previous = this.#tail;
    let release!: () => void;
    const current = new Promise<void>((resolve) => (release = resolve));
    this.#tail = previous.then(() => current);
    try {
      await withTimeout(timeoutMs, previous, () => {
        throw new DatabaseBusyError();
      });
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }
}
