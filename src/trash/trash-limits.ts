import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import type { Usage } from '../quotas/quota.js';

const dayMs = 24 * 60 * 60 * 1000;

/** For how long, and for how much, the trash keeps what is deleted. */
@Injectable()
export class TrashLimits {
  readonly #keepMs: number;
  readonly #quotas: Usage;

  constructor(@Inject(CONFIG) { trashDays, quotas }: Config) {
    this.#keepMs = trashDays * dayMs;
    this.#quotas = quotas;
  }

  /** When something is purged that is deleted now. Times are UTC milliseconds. */
  purgeAt(now: number): number {
    return now + this.#keepMs;
  }

  /** Whether an owner's trash has more than an owner may store, or more deletions than sessions. 0 is no limit. */
  isExceededBy(trash: Usage): boolean {
    const { bytes, sessions, messages } = this.#quotas;
    const exceeds = (amount: number, limit: number) => limit > 0 && amount > limit;
    return exceeds(trash.bytes, bytes) || exceeds(trash.sessions, sessions) || exceeds(trash.messages, messages);
  }
}
