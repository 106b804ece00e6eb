import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { afterCommit } from '../database/database.errors.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import { OwnersService } from '../owners/owners.service.js';
import { QuotasService } from '../quotas/quotas.service.js';
import { TrashService } from '../trash/trash.service.js';
import { NoActiveSessionError, SessionNotActiveError, SessionNotFoundError } from './session.errors.js';
import { clearedRange } from './cleared-range.js';
import { DeletedSessionsRepository } from './deleted-sessions.repository.js';
import { newSessionId } from './session-id.js';
import { newContent } from './session-change.js';
import { assertSessionId, assertVersion, deletionWindowMs, isServerGeneratedId } from './session-rules.js';
import type { CountedMessage } from './message-counters.js';
import { SessionSummariesService } from './session-summaries.service.js';
import type { ExpectedVersions, LockedSession, NewSession, Session, SessionContent } from './session.js';
import { SessionTrashRepository } from './session-trash.repository.js';
import { SessionsRepository } from './sessions.repository.js';

/**
 * The sessions of an owner. Lock order: a method that inserts a session locks the owner's row first, then the session's; a
 * method that changes one session locks only that row. Sessions of other owners, and those in the trash, are not found.
 */
@Injectable()
export class SessionsService {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly summaries: SessionSummariesService,
    private readonly changes: SessionTrashRepository,
    private readonly trash: TrashService,
    private readonly deleted: DeletedSessionsRepository,
    private readonly owners: OwnersService,
    private readonly quotas: QuotasService,
    private readonly transactions: TransactionRunner,
    private readonly clock: Clock,
  ) {}

  /**
   * Creates a session. If the id exists already, returns that session unchanged, so that a call with an id is idempotent.
   * One in the trash becomes the new session; its messages stay there.
   * @throws QuotaExceededError
   */
  create(owner: Owner, { id, activate, ...content }: NewSession): Promise<{ session: Session; created: boolean }> {
    return this.transactions.run(async () => {
      await this.owners.lock(owner);
      const existing = id === undefined ? undefined : await this.sessions.findOne(owner, id);
      if (existing?.deletedAt === null)
        return { session: await this.summaries.current(owner, existing), created: false };
      return { session: await this.insert(owner, existing ?? { id }, activate, newContent(content)), created: true };
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
    if (session?.deletedAt !== null) throw new SessionNotFoundError();
    return this.summaries.current(owner, session);
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
   * The id of the active session, or of a new default one when none is active. Inside a transaction.
   * @param expectedId the session that must be active
   * @throws SessionNotActiveError when another session is active, or none
   */
  async getOrCreateActiveId(owner: Owner, expectedId?: string): Promise<string> {
    await this.owners.lock(owner);
    const active = await this.sessions.findActive(owner);
    if (expectedId !== undefined && expectedId !== active?.id) throw SessionNotActiveError.of(active?.id);
    return (active ?? (await this.insert(owner, {}, true))).id;
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
    const existing = await this.sessions.findOne(owner, sessionId);
    if (existing?.deletedAt === null) return;
    const since = this.clock.now() - deletionWindowMs;
    if (await this.deleted.has(owner, sessionId, since)) throw new SessionNotFoundError();
    const active = await this.sessions.findActive(owner);
    await this.insert(owner, existing ?? { id: sessionId }, active === undefined);
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
    const locked = await this.lockAny(owner, sessionId);
    if (locked.deletedAt !== null) throw new SessionNotFoundError();
    assertVersion(locked.version, expected);
    return locked;
  }

  /** As `lock`, also when the session is in the trash, and whatever version it has. @throws SessionNotFoundError */
  async lockAny(owner: Owner, sessionId: string): Promise<LockedSession> {
    assertSessionId(sessionId);
    const locked = await this.sessions.lock(owner, sessionId);
    if (!locked) throw new SessionNotFoundError();
    return locked;
  }

  /**
   * The caller holds the owner's lock.
   * @param row the new id, or the session in the trash that has it
   */
  private async insert(
    owner: Owner,
    row: { id?: string | undefined; deletedAt?: number | null },
    activate: boolean,
    content = newContent({}),
  ): Promise<Session> {
    await this.quotas.addSession(owner);
    const now = this.clock.now();
    const sessionId = row.id ?? newSessionId(owner, now);
    if (row.deletedAt === undefined) await this.sessions.insert(owner, sessionId, content, now);
    else await this.renew(owner, sessionId, content, now);
    await this.deleted.remove(owner, sessionId, now - deletionWindowMs);
    if (activate) await this.owners.setActive(owner, sessionId);
    return this.get(owner, sessionId);
  }

  /** The caller holds the owner's lock, and the session is in the trash. */
  private async renew(owner: Owner, sessionId: string, content: SessionContent, now: number): Promise<void> {
    const locked = await this.lockAny(owner, sessionId);
    const cleared = clearedRange(locked);
    await this.trash.keepMessages(owner, sessionId, cleared);
    await this.changes.renew(locked, cleared.toSequence, content, now);
  }
}
