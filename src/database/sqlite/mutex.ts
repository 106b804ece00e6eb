import { DatabaseBusyError } from '../database.errors.js';

/** Releases a lock; a second call has no effect. */
export type Release = () => void;

/** Mutual exclusion in order of arrival. */
export class Mutex {
  readonly #waiting = new Set<() => void>();
  #isHeld = false;

  /** Takes the lock if it is free. */
  tryAcquire(): Release | undefined {
    if (this.#isHeld) return undefined;
    this.#isHeld = true;
    return this.createRelease();
  }

  /**
   * Waits for the lock.
   * @throws DatabaseBusyError when the lock was not free within `timeoutMs`
   */
  async acquire(timeoutMs: number): Promise<Release> {
    const release = this.tryAcquire();
    if (release) return release;
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer);
        resolve(this.createRelease());
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(begin);
        reject(new DatabaseBusyError());
      }, timeoutMs);
      this.#waiting.add(begin);
    });
  }

  private createRelease(): Release {
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      const [next] = this.#waiting;
      this.#isHeld = next !== undefined;
      if (!next) return;
      this.#waiting.delete(next);
      next();
    };
  }
}
