import { Injectable } from '@nestjs/common';
import { Clock } from './clock.js';

/** How long the server counts as overloaded after a refusal, in ms. */
const windowMs = 10_000;

/** Whether requests were refused lately because there are too many. */
@Injectable()
export class LoadState {
  #refusedAt = -Infinity;

  constructor(private readonly clock: Clock) {}

  noteRefusal(): void {
    this.#refusedAt = this.clock.elapsed();
  }

  get isOverloaded(): boolean {
    return this.clock.elapsed() - this.#refusedAt < windowMs;
  }
}
