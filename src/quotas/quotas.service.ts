import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import { quotaNames, type Usage } from './quota.js';
import { OpenStreamsRepository } from './open-streams.repository.js';
import { UsageCache } from './usage-cache.js';
import { UsageRepository } from './usage.repository.js';

/** `fromSequence` is exclusive. */
interface SequenceRange {
  fromSequence: number;
  toSequence: number;
}

/** Of a session, or of some messages. */
interface Counts {
  messageCount: number;
  contentBytes: number;
}

/** For how long the usage is not read again, in milliseconds; changes by this process are counted meanwhile. */
const refreshMs = 60_000;

/**
 * Bounds what an owner stores. Other servers' changes are seen after a minute, and requests that run at the same time do
 * not see each other: a quota may be exceeded by that much (docs/adr/0033-quotas.md). All methods are called inside a
 * transaction, and count its changes when it has committed.
 */
@Injectable()
export class QuotasService {
  /** What open transactions have added, by their entity managers: a batch must fit as a whole. */
  readonly #pending = new WeakMap<object, Partial<Usage>>();

  constructor(
    private readonly usage: UsageRepository,
    private readonly openStreams: OpenStreamsRepository,
    private readonly cache: UsageCache,
    private readonly transactions: TransactionRunner,
    private readonly clock: Clock,
  ) {}

  /** Reads the owner's usage, at most once a minute. Before the transaction changes what is counted. */
  async refresh(owner: Owner): Promise<void> {
    if (!this.cache.isNeeded) return;
    const usage = this.cache.of(owner);
    const { readAt } = usage;
    const now = this.clock.elapsed();
    if (now < readAt + refreshMs) return;
    // Meanwhile other requests go on with what was read a minute ago, if anything was.
    if (readAt >= 0) usage.readAt = now;
    try {
      usage.stored = await this.usage.read(owner);
      usage.readAt = now;
    } catch (error) {
      usage.readAt = readAt;
      throw error;
    }
  }

  /** Counts a session that is added. @throws QuotaExceededError */
  async addSession(owner: Owner): Promise<void> {
    await this.refresh(owner);
    this.add(owner, { sessions: 1 });
  }

  /**
   * Counts a message that is added, after `refresh`.
   * @param bytes of its content, in UTF-8
   * @throws QuotaExceededError, TooManyRequestsError
   */
  addMessage(owner: Owner, bytes: number): void {
    this.add(owner, { messages: 1, bytes });
  }

  /** Counts bytes that are added to a message, after `refresh`. @throws QuotaExceededError, TooManyRequestsError */
  addBytes(owner: Owner, bytes: number): void {
    this.add(owner, { bytes });
  }

  /** Counts the messages that are removed, and the sessions. */
  countRemoved(owner: Owner, removed: Counts, sessions = 0): void {
    const { messages, bytes } = usageOf(removed);
    this.countAfterCommit(owner, { sessions: -sessions, messages: -messages, bytes: -bytes });
  }

  /** Counts messages that are taken out of the trash, and sessions. Nothing is sent, so no rate limits it. @throws QuotaExceededError */
  async addRestored(owner: Owner, restored: Counts, sessions = 0): Promise<void> {
    await this.refresh(owner);
    const change = { sessions, ...usageOf(restored) };
    this.cache.of(owner).assertStorable(change, this.addPending(change));
    this.transactions.afterCommit(() => {
      this.cache.of(owner).countStored(change);
    });
  }

  /**
   * What messages of a session have so far that are still written, in bytes: the session counts it when they end.
   * @param range its first sequence is exclusive
   * @param deletionId of the deletion of these messages, or 0 for messages that were not deleted by themselves
   */
  openBytes(owner: Owner, sessionId: string, range: SequenceRange, deletionId = 0): Promise<number> {
    return this.openStreams.ofRange(owner, sessionId, range, deletionId);
  }

  /** The same for all messages that are in the trash, or that are purged. */
  openBytesInTrash(owner: Owner): Promise<number> {
    return this.openStreams.ofTrash(owner);
  }

  private add(owner: Owner, change: Partial<Usage>): void {
    this.cache.of(owner).assertRoom(change, this.clock.elapsed(), this.addPending(change));
    this.countAfterCommit(owner, change);
  }

  /** @returns what the open transaction has added before */
  private addPending(change: Partial<Usage>): Partial<Usage> {
    const { manager } = this.transactions;
    const before = this.#pending.get(manager);
    this.#pending.set(manager, before ? sum(before, change) : change);
    return before ?? {};
  }

  private countAfterCommit(owner: Owner, change: Partial<Usage>): void {
    this.transactions.afterCommit(() => {
      this.cache.of(owner).count(change, this.clock.elapsed());
    });
  }
}

function sum(one: Partial<Usage>, other: Partial<Usage>): Partial<Usage> {
  return Object.fromEntries(quotaNames.map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]));
}

/** As in the sum: without messages there are no bytes, whatever an older program has left. */
function usageOf({ messageCount, contentBytes }: Counts): { messages: number; bytes: number } {
  return { messages: messageCount, bytes: messageCount === 0 ? 0 : contentBytes };
}
