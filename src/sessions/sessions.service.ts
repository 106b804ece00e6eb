import { Injectable } from '@nestjs/common';
import { BranchesService } from '../branches/branches.service.js';
import { Clock } from '../common/clock.js';
import { afterCommit } from '../database/database.errors.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import { OwnersService } from '../owners/owners.service.js';
import { QuotasService } from '../quotas/quotas.service.js';
import {
  NoActiveSessionError,
  SessionNotActiveError,
  SessionNotFoundError,
  VersionConflictError,
} from './session.errors.js';
import { DeletedSessionsRepository } from './deleted-sessions.repository.js';
import { newSessionId } from './session-id.js';
import { applyChange, newContent } from './session-change.js';
import { assertSessionId, deletionWindowMs, isReusedId, isServerGeneratedId } from './session-rules.js';
import type { CountedMessage } from './message-counters.js';
import { SessionSummariesService } from './session-summaries.service.js';
import type { ExpectedVersions, LockedSession, NewSession, Session, SessionChange } from './session.js';
import { SessionsRepository } from './sessions.repository.js';

/**
 * The sessions of an owner. Lock order: a method that inserts or deletes a session locks the owner's row first, then the
 * session's; a method that changes one session locks only that row. Sessions of other owners are not found.
 */
@Injectable()
export class SessionsService {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly summaries: SessionSummariesService,
    private readonly deleted: DeletedSessionsRepository,
    private readonly owners: OwnersService,
    private readonly quotas: QuotasService,
    private readonly branches: BranchesService,
    private readonly transactions: TransactionRunner,
    private readonly clock: Clock,
  ) {}

  /**
   * Creates a session. If the id exists already, returns that session unchanged, so that a call with an id is idempotent.
   * @throws QuotaExceededError
   */
  create(owner: Owner, { id, activate, ...content }: NewSession): Promise<{ session: Session; created: boolean }> {
    return this.transactions.run(async () => {
      await this.owners.lock(owner);
      const existing = id === undefined ? undefined : await this.sessions.findOne(owner, id);
      if (existing) return { session: await this.summaries.current(owner, existing), created: false };
      return { session: await this.insert(owner, id, activate, newContent(content)), created: true };
    });
  }

  /** @throws NoActiveSessionError */
  async getActive(owner: Owner): Promise<Session> {
    const session = await this.sessions.findActive(owner);
    if (!session) throw new NoActiveSessionError();
    return this.summaries.current(owner, session);
  }

  /** @throws SessionNotFoundError */
  async get(owner: Owner, sessionId: string): Promise<Session> {
    assertSessionId(sessionId);
    const session = await this.sessions.findOne(owner, sessionId);
    if (!session) throw new SessionNotFoundError();
    return this.summaries.current(owner, session);
  }

  /**
   * Changes what is given. A generated title leaves a title of the user as it is, whichever came first. Reading is no
   * change that the version counts.
   * @throws SessionNotFoundError, VersionConflictError, ValidationFailedError when the head is no message of the session
   */
  change(owner: Owner, sessionId: string, change: SessionChange, expected?: ExpectedVersions): Promise<Session> {
    return this.transactions.run(async () => {
      const locked = await this.lock(owner, sessionId, expected);
      const { content, isDifferent, isRenamed } = applyChange(locked, change);
      const modifiedAt = isRenamed ? this.clock.now() : undefined;
      const isMoved = await this.branches.choose(owner, sessionId, change.headId);
      if (isMoved) await this.summaries.invalidate(owner, sessionId);
      const isCounted = isMoved || isDifferent;
      if (isCounted || isRenamed) await this.sessions.change(locked, content, isCounted, modifiedAt);
      await this.summaries.markRead(owner, locked, change.lastReadSequence ?? 0);
      return this.get(owner, sessionId);
    }, sessionId);
  }

  /**
   * Makes the session the only active one.
   * @throws SessionNotFoundError
   * @throws OutcomeUnknownError when it was done and the session cannot be read afterwards
   */
  async activate(owner: Owner, sessionId: string): Promise<Session> {
    assertSessionId(sessionId);
    if (!(await this.owners.activate(owner, sessionId))) throw new SessionNotFoundError();
    // A concurrent request may have activated another session between the two statements.
    return { ...(await afterCommit(this.get(owner, sessionId))), isActive: true };
  }

  /**
   * Deletes the session and its messages. If it was the active session, none is active afterwards. For
   * `deletionWindowMs`, only `create` makes a session with this id again, unless pages reuse such ids.
   * @throws SessionNotFoundError, VersionConflictError
   */
  delete(owner: Owner, sessionId: string, expected?: ExpectedVersions): Promise<void> {
    return this.transactions.run(async () => {
      const activeId = await this.owners.lock(owner);
      const locked = await this.lock(owner, sessionId, expected);
      if (activeId === sessionId) await this.owners.setActive(owner, null);
      await this.sessions.delete(locked);
      this.quotas.countRemoved(owner, locked, 1);
      if (isServerGeneratedId(sessionId) || isReusedId(sessionId)) return;
      const now = this.clock.now();
      await this.deleted.add(owner, sessionId, now, now - deletionWindowMs);
    }, sessionId);
  }

  /**
   * The id of the active session, or of a new default one when none is active. Inside a transaction.
   * @param expectedId the session that must be active
   * @throws SessionNotActiveError when another session is active, or none
   */
  async getOrCreateActiveId(owner: Owner, expectedId?: string): Promise<string> {
    await this.owners.lock(owner);
    const active = await this.sessions.findActive(owner);
    if (expectedId !== undefined && expectedId !== active?.id) throw SessionNotActiveError.of(active?.id);
    return (active ?? (await this.insert(owner, undefined, true))).id;
  }

  /**
   * Creates the session unless it exists, and activates it when no session is active. Inside a transaction.
   * @throws SessionNotFoundError for an id that only the server generates, and for a session that was deleted less than
   *   `deletionWindowMs` ago: a late message does not bring it back
   */
  async ensureExists(owner: Owner, sessionId: string): Promise<void> {
    assertSessionId(sessionId);
    if (isServerGeneratedId(sessionId)) throw new SessionNotFoundError();
    await this.owners.lock(owner);
    if (await this.sessions.findOne(owner, sessionId)) return;
    const since = this.clock.now() - deletionWindowMs;
    if (await this.deleted.has(owner, sessionId, since)) throw new SessionNotFoundError();
    const active = await this.sessions.findActive(owner);
    await this.insert(owner, sessionId, active === undefined);
  }

  /**
   * Counts one more message and locks the session until the transaction ends. Inside a transaction.
   * @returns the message's sequence, and its time in UTC milliseconds: not earlier than the last activity of the session,
   *   also when another process has set that
   * @throws SessionNotFoundError
   */
  async allocateSequence(
    owner: Owner,
    sessionId: string,
    message: CountedMessage,
  ): Promise<{ sequence: number; at: number }> {
    assertSessionId(sessionId);
    const at = this.clock.now();
    const sequence = await this.sessions.allocateSequence(owner, sessionId, message, at);
    if (sequence !== undefined) return { sequence, at };
    // The session does not exist, or a concurrent save has set a later time.
    const locked = await this.lock(owner, sessionId);
    const later = Math.max(this.clock.now(), locked.lastActivityAt);
    return { sequence: await this.sessions.allocateSequenceLocked(locked, message, later), at: later };
  }

  /**
   * Locks the session until the transaction ends. Inside a transaction.
   * @throws SessionNotFoundError
   * @throws VersionConflictError when the session has none of the expected versions
   */
  async lock(owner: Owner, sessionId: string, expected?: ExpectedVersions): Promise<LockedSession> {
    assertSessionId(sessionId);
    const locked = await this.sessions.lock(owner, sessionId);
    if (!locked) throw new SessionNotFoundError();
    if (expected && !expected.includes(locked.version)) throw new VersionConflictError();
    return locked;
  }

  /** Sets the counts of messages and bytes to 0; the sequence continues. Inside the transaction that has locked the session. */
  async resetCounts(owner: Owner, locked: LockedSession): Promise<void> {
    await this.sessions.resetCounts(locked, this.clock.now());
    this.quotas.countRemoved(owner, locked);
  }

  /** The caller holds the owner's lock. */
  private async insert(
    owner: Owner,
    id: string | undefined,
    activate: boolean,
    content = newContent({}),
  ): Promise<Session> {
    await this.quotas.addSession(owner);
    const now = this.clock.now();
    const sessionId = id ?? newSessionId(owner, now);
    await this.sessions.insert(owner, sessionId, content, now);
    await this.deleted.remove(owner, sessionId, now - deletionWindowMs);
    if (activate) await this.owners.setActive(owner, sessionId);
    return this.get(owner, sessionId);
  }
}
