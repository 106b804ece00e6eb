import { DatabaseBusy } from './database.errors.js';

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
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new DatabaseBusy());
      }, timeoutMs);
    });
    try {
      await Promise.race([before, late]);
    } catch (error) {
      release();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    return release;
  }
}
