import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import type { MessageStatus } from './message-rules.js';

/** The limits of messages that are written in chunks. Whether one is stale is decided by who reads it, not by a job. */
@Injectable()
export class StreamLimits {
  /** Of the whole text, in bytes of UTF-8. */
  readonly maxContentBytes: number;
  readonly #staleMs: number;

  constructor(
    private readonly clock: Clock,
    @Inject(CONFIG) { maxContentBytes, replyStaleSeconds }: Config,
  ) {
    this.maxContentBytes = maxContentBytes;
    this.#staleMs = replyStaleSeconds * 1000;
  }

  /** UTC milliseconds. */
  now(): number {
    return this.clock.now();
  }

  /** Whether nothing has been written for so long that another client may go on. @param writtenAt UTC milliseconds */
  isStale(writtenAt: number): boolean {
    return this.clock.now() >= writtenAt + this.#staleMs;
  }

  /** What a message reads as whose row says `in_progress`. @param writtenAt UTC milliseconds */
  statusOf(writtenAt: number): MessageStatus {
    return this.isStale(writtenAt) ? 'incomplete' : 'in_progress';
  }
}
