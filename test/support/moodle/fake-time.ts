/** Timers that fire when the test lets time pass. */
export class FakeTime {
  #nowMs = 0;
  readonly #timers = new Map<() => void, number>();

  readonly timer = (ms: number, work: () => void) => {
    this.#timers.set(work, this.#nowMs + ms);
    return () => this.#timers.delete(work);
  };

  get pending(): number {
    return this.#timers.size;
  }

  pass(ms: number): void {
    this.#nowMs += ms;
    for (const [work, at] of this.#timers) if (at <= this.#nowMs && this.#timers.delete(work)) work();
  }
}
