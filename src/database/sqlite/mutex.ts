import { withTimeout } from '../../common/with-timeout.js';
import { DatabaseBusyError } from '../database.errors.js';

/** One at a time, first come first served. */
export class Mutex {
  #tail: Promise<void> = Promise.resolve();

  /**
   * Waits for its turn; the returned function ends it.
   * @throws DatabaseBusy when the turn has not come within `timeoutMs`
   */
  async acquire(timeoutMs: number): Promise<() => void> {
    const before = this.#tail;
    let release!: () => void;
    const mine = new Promise<void>((resolve) => (release = resolve));
    this.#tail = before.then(() => mine);
    try {
      await withTimeout(timeoutMs, before, () => {
        throw new DatabaseBusyError();
      });
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }
}
