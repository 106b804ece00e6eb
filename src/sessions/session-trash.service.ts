import { Injectable } from '@nestjs/common';
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
import { deletionWindowMs, isReusedId, isServerGeneratedId } from './session-rules.js';
import { SessionTrashRepository } from './session-trash.repository.js';
import type { DeletionRequest, Session } from './session.js';
import { SessionsService } from './sessions.service.js';

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
      const locked = await this.sessions[permanently ? 'lockAny' : 'lock'](owner, sessionId, expected);
      if (locked.deletedAt !== null) {
        if (!(await this.trash.purgeSession(owner, sessionId))) throw new SessionNotFoundError();
        return;
      }
      if (activeId === sessionId) await this.owners.setActive(owner, null);
      const now = this.clock.now();
      await this.changes.delete(locked, now);
      const all = { ...countsOf(locked), fromSequence: 0, toSequence: locked.lastSequence };
      await this.trash.add(owner, sessionId, { kind: 'session', ...all }, permanently);
      this.quotas.countRemoved(owner, locked, 1);
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
        await this.quotas.addRestored(owner, locked, 1);
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
      const isEmpty = cleared.toSequence === cleared.fromSequence;
      if (!isEmpty) await this.trash.add(owner, sessionId, { kind: 'clear', ...cleared }, permanently);
      await this.changes.clear(locked, cleared.toSequence, this.clock.now());
      this.quotas.countRemoved(owner, locked);
    }, sessionId);
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
      await this.quotas.addRestored(owner, cleared);
      await this.changes.restoreMessages(locked, cleared, this.clock.now());
      return this.sessions.get(owner, sessionId);
    }, sessionId);
  }
}
