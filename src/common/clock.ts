import { Injectable } from '@nestjs/common';

/** The one source of times, in UTC milliseconds. Never runs backwards within a process, also when the system's clock does. */
@Injectable()
export class Clock {
  #latest = 0;

  now(): number {
    this.#latest = Math.max(this.#latest, Date.now());
    return this.#latest;
  }
}
