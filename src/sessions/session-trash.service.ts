import { Injectable } from '@nestjs/common';
import { BranchesService } from '../branches/branches.service.js';
import { Clock } from '../common/clock.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import { OwnersService } from '../owners/owners.service.js';
import { QuotasService } from '../quotas/quotas.service.js';
import { NothingInTrashError } from '../trash/trash.errors.js';
import { TrashService } from '../trash/trash.service.js';
import { clearedRange, countsOf } from './cleared-range.js';
import { DeletedSessionsRepository } from './deleted-sessions.repository.js';
import { SessionNotFoundError } from './session.errors.js';
import { assertVersion, deletionWindowMs, isReusedId, isServerGeneratedId } from './session-rules.js';
import { SessionTrashRepository } from './session-trash.repository.js';
import type { DeletedRange } from '../trash/deletion.js';
import type { DeletionRequest, LockedSession, MessageCounts, Session } from './session.js';
import { SessionsService } from './sessions.service.js';

/** Messages that were deleted by themselves, with the id of their deletion. */
type DeletedMessages = DeletedRange & { id: number };

/**
 * Deletes and restores an owner's sessions, and their messages all at once. Every method locks the owner's row first,
 * then the session's, and changes a few rows, however many messages there are.
 */
@Injectable()
export class SessionTrashService {
  constructor(
    private readonly sessions: SessionsService,
    private readonly changes: SessionTrashRepository,
    private readonly trash: TrashService,
    private readonly branches: BranchesService,
    private readonly deleted: DeletedSessionsRepository,
    private readonly owners: OwnersService,
    private readonly quotas: QuotasService,
    private readonly transactions: TransactionRunner,
    private readonly clock: Clock,
  ) {}

  /**
   * Puts the session into the trash, or purges it. If it was the active session, none is active afterwards. For
   * `deletionWindowMs`, only `create` makes a session with this id again, unless pages reuse such ids.
   * @throws SessionNotFoundError, VersionConflictError
   */
  delete(owner: Owner, sessionId: string, { expected, permanently = false }: DeletionRequest = {}): Promise<void> {
    return this.transactions.run(async () => {
      const activeId = await this.owners.lock(owner);
      const locked = await this.sessions.lockAny(owner, sessionId);
      if (locked.deletedAt !== null && !permanently) throw new SessionNotFoundError();
      assertVersion(locked.version, expected);
      if (locked.deletedAt !== null) {
        if (!(await this.trash.purgeSession(owner, sessionId))) throw new SessionNotFoundError();
        return;
      }
      if (activeId === sessionId) await this.owners.setActive(owner, null);
      const now = this.clock.now();
      await this.changes.delete(locked, now);
      const all = { ...countsOf(locked), fromSequence: 0, toSequence: locked.lastSequence };
      await this.trash.add(owner, sessionId, { kind: 'session', ...all }, permanently);
      this.quotas.countRemoved(owner, await this.withOpen(owner, sessionId, clearedRange(locked)), 1);
      if (isServerGeneratedId(sessionId) || isReusedId(sessionId)) return;
      await this.deleted.add(owner, sessionId, now, now - deletionWindowMs);
    }, sessionId);
  }

  /**
   * Takes the session out of the trash as it was; it is not active. A session that is not in the trash stays as it is.
   * @throws SessionNotFoundError, QuotaExceededError
   */
  restore(owner: Owner, sessionId: string): Promise<Session> {
    return this.transactions.run(async () => {
      const activeId = await this.owners.lock(owner);
      const locked = await this.sessions.lockAny(owner, sessionId);
      if (locked.deletedAt !== null) {
        if (!(await this.trash.take(owner, sessionId, 'session'))) throw new SessionNotFoundError();
        await this.quotas.addRestored(owner, await this.withOpen(owner, sessionId, clearedRange(locked)), 1);
        await this.changes.restore(locked);
        if (activeId === sessionId) await this.owners.setActive(owner, null);
        await this.deleted.remove(owner, sessionId, this.clock.now() - deletionWindowMs);
      }
      return this.sessions.get(owner, sessionId);
    }, sessionId);
  }

  /**
   * Puts all messages of the session into the trash, or purges them, and keeps the session.
   * @throws SessionNotFoundError, VersionConflictError
   */
  clear(owner: Owner, sessionId: string, { expected, permanently = false }: DeletionRequest = {}): Promise<void> {
    return this.transactions.run(async () => {
      await this.owners.lock(owner);
      const locked = await this.sessions.lock(owner, sessionId, expected);
      const cleared = clearedRange(locked);
      if (cleared.toSequence === cleared.fromSequence) {
        if (permanently) await this.trash.purgeMessages(owner, sessionId, cleared.fromSequence);
        return;
      }
      await this.trash.add(owner, sessionId, { kind: 'clear', ...cleared }, permanently);
      await this.changes.clear(locked, cleared.toSequence, this.clock.now());
      this.quotas.countRemoved(owner, await this.withOpen(owner, sessionId, cleared));
    }, sessionId);
  }

  /**
   * Counts messages that were put into the trash by themselves. Inside the transaction that has locked the owner and the
   * session.
   * @param openBytes what those have so far that are still written: the session does not count it yet
   */
  async countDeleted(owner: Owner, locked: LockedSession, deleted: MessageCounts, openBytes: number): Promise<void> {
    const { messageCount, contentBytes } = deleted;
    await this.changes.countMessages(locked, -messageCount, -contentBytes, this.clock.now());
    this.quotas.countRemoved(owner, { messageCount, contentBytes: contentBytes + openBytes });
  }

  /**
   * Counts messages that will be taken out of the trash. Inside the transaction that has locked the owner and the session.
   * @throws QuotaExceededError
   */
  async countRestored(owner: Owner, locked: LockedSession, restored: DeletedMessages): Promise<void> {
    await this.quotas.addRestored(owner, await this.withOpen(owner, locked.id, restored, restored.id));
    const { messageCount, contentBytes } = restored;
    await this.changes.countMessages(locked, messageCount, contentBytes, this.clock.now());
  }

  /**
   * Takes the messages out of the trash that were cleared last.
   * @throws SessionNotFoundError, NothingInTrashError, QuotaExceededError
   */
  restoreMessages(owner: Owner, sessionId: string): Promise<Session> {
    return this.transactions.run(async () => {
      await this.owners.lock(owner);
      const locked = await this.sessions.lock(owner, sessionId);
      const cleared = await this.trash.take(owner, sessionId, 'clear');
      if (!cleared) throw new NothingInTrashError();
      await this.quotas.addRestored(owner, await this.withOpen(owner, sessionId, cleared));
      await this.changes.restoreMessages(locked, cleared, this.clock.now());
      await this.branches.reattach(owner, sessionId, cleared.toSequence);
      return this.sessions.get(owner, sessionId);
    }, sessionId);
  }

  /** What quotas count of a range: its session and its deletion leave out what messages have so far that are still written. */
  private async withOpen(owner: Owner, sessionId: string, range: DeletedRange, deletionId = 0): Promise<MessageCounts> {
    const { messageCount, contentBytes } = range;
    if (messageCount === 0) return { messageCount, contentBytes };
    const openBytes = await this.quotas.openBytes(owner, sessionId, range, deletionId);
    return { messageCount, contentBytes: contentBytes + openBytes };
  }
}
