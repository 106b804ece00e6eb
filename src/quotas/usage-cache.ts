import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Config, QuotasConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import type { Owner } from '../owners/owner.js';
import { OwnerUsage } from './owner-usage.js';

/** Maximum number of owners, about 10 MB; the least recently used one is dropped, and read again. */
const maxOwners = 50_000;

/** The usage of owners of this process's requests. */
@Injectable()
export class UsageCache {
  readonly #owners = new LRUCache<string, OwnerUsage>({ max: maxOwners });
  readonly #limits: QuotasConfig;

  constructor(@Inject(CONFIG) { quotas }: Config) {
    this.#limits = quotas;
  }

  /** Whether a quota depends on what is stored. */
  get isNeeded(): boolean {
    const { bytes, sessions, messages } = this.#limits;
    return bytes + sessions + messages > 0;
  }

  /** The owner's usage, which has not been read when it is new. */
  of({ activityId, userId }: Owner): OwnerUsage {
    const key = `${activityId}/${userId}`;
    const known = this.#owners.get(key);
    if (known) return known;
    const usage = new OwnerUsage(this.#limits);
    this.#owners.set(key, usage);
    return usage;
  }
}
