import { AsyncResource } from 'node:async_hooks';

/** How often deadlines are compared with the clock, in ms: by so much a function is called late. */
const precisionMs = 20;

interface Entry {
  deadline: number;
  onDeadline: () => void;
}

/**
 * Calls functions at their deadlines. Nearly every request is done long before its deadline, so all of them share one
 * timer: a timer of Node.js for each costs more than the rest of the waiting.
 */
export class Deadlines {
  readonly #entries = new Set<Entry>();
  /** That of no request: the timer lasts longer than the request that starts it. */
  readonly #context = new AsyncResource('Deadlines');
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param deadline on the clock of `performance.now()`
   * @returns a function that forgets the deadline
   */
  add(deadline: number, onDeadline: () => void): () => void {
    const entry = { deadline, onDeadline };
    this.#entries.add(entry);
    this.#timer ??= this.#context.runInAsyncScope(() => setInterval(this.#check, precisionMs));
    return () => {
      this.#entries.delete(entry);
    };
  }

  readonly #check = (): void => {
    const now = performance.now();
    for (const entry of this.#entries) {
      if (entry.deadline > now) continue;
      this.#entries.delete(entry);
      entry.onDeadline();
    }
    if (this.#entries.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  };
}

/** The deadlines of all requests. */
export const deadlines = new Deadlines();
