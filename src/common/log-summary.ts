/** Starts a timer that does not keep the process alive. */
export type StartTimer = (callback: () => void, ms: number) => void;

const startTimer: StartTimer = (callback, ms) => {
  setTimeout(callback, ms).unref();
};

/**
 * Logs the first event of a kind at once, and of further ones a count per minute: a flood of refusals must not fill the
 * disk. After a minute without one, the next event is a first one again.
 */
export class LogSummary {
  /** The number of events of each kind that were counted since the last summary. */
  readonly #counts = new Map<string, number>();
  #isTimerRunning = false;

  /**
   * @param write logs a summary: `count` more events of this kind within `windowMs`
   * @param maxKinds kinds that are told apart; the events of further ones are counted as `others`
   */
  constructor(
    private readonly write: (kind: string, count: number) => void,
    private readonly maxKinds = 100,
    private readonly timer: StartTimer = startTimer,
    readonly windowMs = 60_000,
  ) {}

  /** Counts an event. @param logFirst logs it, called only for the first event of its kind */
  add(kind: string, logFirst: () => void): void {
    const known = this.#counts.get(kind);
    if (known !== undefined) this.#counts.set(kind, known + 1);
    else if (this.#counts.size < this.maxKinds) {
      this.#counts.set(kind, 0);
      logFirst();
    } else {
      this.#counts.set(others, (this.#counts.get(others) ?? 0) + 1);
    }
    this.startTimer();
  }

  /** Logs the counts now, as at the end of the process. */
  flush(): void {
    for (const [kind, count] of [...this.#counts]) {
      if (count === 0) this.#counts.delete(kind);
      else {
        this.#counts.set(kind, 0);
        this.write(kind, count);
      }
    }
  }

  private startTimer(): void {
    if (this.#isTimerRunning) return;
    this.#isTimerRunning = true;
    this.timer(() => {
      this.#isTimerRunning = false;
      this.flush();
      if (this.#counts.size > 0) this.startTimer();
    }, this.windowMs);
  }
}

/** The kind of all events beyond the limit of kinds. */
export const others = 'others';
