import { TooManyRequestsError } from '../auth/auth.errors.js';
import type { QuotasConfig } from '../config/config.js';
import { QuotaExceededError } from './quota.errors.js';
import { quotaNames, type Usage } from './quota.js';

const windowMs = 60_000;

/** What this process knows of one owner's usage. Times are milliseconds of `Clock.elapsed`. */
export class OwnerUsage {
  /** When `stored` was last read from the database. */
  readAt = -Infinity;
  #stored: Usage = { bytes: 0, sessions: 0, messages: 0 };
  /** The bytes that were added since the start of a minute. */
  #window = { start: -Infinity, bytes: 0 };

  constructor(private readonly limits: QuotasConfig) {}

  /** Replaces what was counted by what the database has. */
  set stored(usage: Usage) {
    this.#stored = usage;
  }

  /**
   * @param pending what the open transaction has added before
   * @throws QuotaExceededError; TooManyRequestsError when too many bytes were added within a minute
   */
  assertRoom(change: Partial<Usage>, now: number, pending: Partial<Usage> = {}): void {
    this.assertStorable(change, pending);
    const { bytes = 0 } = change;
    const { bytesPerMinute } = this.limits;
    const added = this.windowAt(now).bytes + (pending.bytes ?? 0);
    // A minute has room for one message, whatever its size.
    if (bytesPerMinute === 0 || added === 0 || added + bytes <= bytesPerMinute) return;
    const seconds = Math.ceil((this.#window.start + windowMs - now) / 1000);
    throw new TooManyRequestsError(Math.max(1, seconds), 'QUOTA_OWNER_MB_PER_MINUTE');
  }

  /** As `assertRoom`, for what was not sent now. @throws QuotaExceededError */
  assertStorable(change: Partial<Usage>, pending: Partial<Usage> = {}): void {
    for (const name of quotaNames) {
      const [amount, limit] = [change[name], this.limits[name]];
      if (amount === undefined || limit === 0) continue;
      if (this.#stored[name] + (pending[name] ?? 0) + amount > limit) throw QuotaExceededError.of(name, limit);
    }
  }

  /** Adds what was sent and stored, or subtracts what was removed. */
  count(change: Partial<Usage>, now: number): void {
    this.countStored(change);
    this.windowAt(now).bytes += Math.max(0, change.bytes ?? 0);
  }

  /** As `count`, for what was not sent now. */
  countStored(change: Partial<Usage>): void {
    for (const name of quotaNames) this.#stored[name] = Math.max(0, this.#stored[name] + (change[name] ?? 0));
  }

  private windowAt(now: number): { bytes: number } {
    if (now >= this.#window.start + windowMs) this.#window = { start: now, bytes: 0 };
    return this.#window;
  }
}
