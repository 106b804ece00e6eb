import { Injectable } from '@nestjs/common';

/** The only source of the current time, and of durations that must not depend on the system clock. */
@Injectable()
export class Clock {
  #latest = 0;

  /** The current time in UTC milliseconds. Never decreases within a process, even if the system clock is set back. */
  now(): number {
    this.#latest = Math.max(this.#latest, Date.now());
    return this.#latest;
  }

  /** Milliseconds since the start of the process, also while `now` stands still because the system clock was set back. */
  elapsed(): number {
    return performance.now();
  }
}
