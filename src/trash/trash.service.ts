import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import { QuotasService } from '../quotas/quotas.service.js';
import type { DeletedRange, DeletionKind, NewDeletion, StoredDeletion } from './deletion.js';
import { DeletionsRepository } from './deletions.repository.js';
import { PurgeLoop } from './purge-loop.js';
import { TrashLimits } from './trash-limits.js';

/**
 * What owners have deleted. All methods are called inside a transaction that has locked the owner's row and then the
 * session's.
 */
@Injectable()
export class TrashService {
  constructor(
    private readonly deletions: DeletionsRepository,
    private readonly limits: TrashLimits,
    private readonly quotas: QuotasService,
    private readonly purging: PurgeLoop,
    private readonly transactions: TransactionRunner,
    private readonly clock: Clock,
  ) {}

  /**
   * Records a deletion. When the trash has more than the quotas then, its oldest deletions are purged.
   * @param permanently whether it is purged at once
   * @returns the id of the deletion
   */
  async add(owner: Owner, sessionId: string, deletion: NewDeletion, permanently: boolean): Promise<number> {
    const now = this.clock.now();
    const purgeAt = permanently ? now : this.limits.purgeAt(now);
    const id = await this.deletions.insert(owner, sessionId, deletion, now, purgeAt);
    // What was cleared before goes with its session: nothing of a session that is being purged may be restored.
    if (deletion.kind === 'session') await this.deletions.expireOfSession(owner, sessionId, purgeAt);
    // Messages that were deleted by themselves are purged with those around them.
    if (deletion.kind === 'clear' && purgeAt <= now) {
      await this.deletions.expireMessages(owner, sessionId, deletion.fromSequence, purgeAt);
    }
    if (purgeAt <= now) this.purgeAfterCommit();
    else await this.makeRoom(owner, now);
    return id;
  }

  /** A deletion; undefined when it is due. */
  async find(owner: Owner, id: number): Promise<StoredDeletion | undefined> {
    return this.orUndefined(await this.deletions.findById(owner, id));
  }

  remove(id: number): Promise<void> {
    return this.deletions.remove(id);
  }

  /**
   * Takes the newest deletion of this kind of the session out of the trash.
   * @returns undefined when there is none, or it is due
   */
  async take(owner: Owner, sessionId: string, kind: DeletionKind): Promise<DeletedRange | undefined> {
    const found = await this.findRestorable(owner, sessionId, kind);
    if (found) await this.deletions.remove(found.id);
    return found;
  }

  /**
   * Purges the session that is in the trash now, with all that was cleared in it.
   * @returns whether it was restorable
   */
  async purgeSession(owner: Owner, sessionId: string): Promise<boolean> {
    if (!(await this.findRestorable(owner, sessionId, 'session'))) return false;
    await this.deletions.expireOfSession(owner, sessionId, this.clock.now());
    this.purgeAfterCommit();
    return true;
  }

  /** Purges the messages of a session after a sequence that were deleted by themselves. */
  async purgeMessages(owner: Owner, sessionId: string, fromSequence: number): Promise<void> {
    await this.deletions.expireMessages(owner, sessionId, fromSequence, this.clock.now());
    this.purgeAfterCommit();
  }

  /** The messages of a session that is in the trash stay there, and its row leaves it. */
  async keepMessages(owner: Owner, sessionId: string, cleared: DeletedRange): Promise<void> {
    const found = await this.deletions.findNewest(owner, sessionId, 'session');
    if (!found) return;
    // While the session was being purged, some of them may have been removed.
    const fromSequence = Math.max(found.fromSequence, cleared.fromSequence);
    if (cleared.toSequence <= fromSequence) await this.deletions.remove(found.id);
    else await this.deletions.change(found.id, { ...cleared, fromSequence });
  }

  private async findRestorable(owner: Owner, sessionId: string, kind: DeletionKind) {
    return this.orUndefined(await this.deletions.findNewest(owner, sessionId, kind));
  }

  /** A server whose clock is ahead may have begun to purge it. */
  private orUndefined(found: StoredDeletion | undefined | null): StoredDeletion | undefined {
    return found && found.purgeAt > this.clock.now() && found.claimedUntil === 0 ? found : undefined;
  }

  private async makeRoom(owner: Owner, now: number): Promise<void> {
    const { bytes, ...others } = await this.deletions.findUsage(owner, now);
    const openBytes = await this.quotas.openBytesInTrash(owner);
    if (!this.limits.isExceededBy({ ...others, bytes: bytes + openBytes })) return;
    const newestFirst = (await this.deletions.findSizes(owner, now)).sort((a, b) => b.id - a.id);
    const sum = { bytes: 0, sessions: 0, messages: 0 };
    const first = newestFirst.findIndex(({ messageCount, contentBytes }) => {
      sum.sessions++;
      sum.messages += messageCount;
      sum.bytes += contentBytes;
      return this.limits.isExceededBy(sum);
    });
    // The newest one is kept, however large it is.
    const oldest = newestFirst[Math.max(first, 1)];
    if (first < 0 || !oldest) return;
    await this.deletions.expireUntil(owner, oldest.id, now);
    this.purgeAfterCommit();
  }

  private purgeAfterCommit(): void {
    this.transactions.afterCommit(() => {
      this.purging.wake();
    });
  }
}
