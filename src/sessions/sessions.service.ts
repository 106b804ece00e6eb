import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import type { ListAnchor } from '../common/pagination.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import { OwnersService } from '../owners/owners.service.js';
import { NoActiveSessionError, SessionNotFoundError } from './session.errors.js';
import { newSessionId } from './session-id.js';
import { defaultTitle, isServerGeneratedId, assertSessionId } from './session-rules.js';
import type { ListedSessions, NewSession, Session, SessionPage, SessionPosition } from './session.js';
import { SessionsRepository, type LockedSession } from './sessions.repository.js';

/**
 * An owner's sessions. Whatever changes the set of them locks the owner's row first, then the session's; whatever
 * changes one session locks that one. Another owner's session is not found.
 */
@Injectable()
export class SessionsService {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly owners: OwnersService,
    private readonly transactions: TransactionRunner,
    private readonly clock: Clock,
  ) {}

  /** With an id that is taken, the session as it is, unchanged: a call that names its session may be repeated. */
  create(owner: Owner, { id, title, activate }: NewSession): Promise<{ session: Session; created: boolean }> {
    return this.transactions.run(async () => {
      await this.owners.lock(owner);
      const existing = id === undefined ? undefined : await this.sessions.findOne(owner, id);
      if (existing) return { session: existing, created: false };
      return { session: await this.insert(owner, id, title, activate), created: true };
    });
  }

  /** Newest activity first. */
  async list(owner: Owner, limit: number, after?: SessionPosition): Promise<SessionPage> {
    const found = await this.sessions.findPage(owner, limit + 1, after);
    const items = found.slice(0, limit);
    return { items, next: found.length > limit ? items.at(-1) : undefined };
  }

  /** Later made first: the newest ones, or those next to a session. @throws SessionNotFound */
  async listByCreation(owner: Owner, limit: number, edge?: ListAnchor): Promise<ListedSessions> {
    const from = edge && { ...edge, createdAt: await this.createdAt(owner, edge.rowId) };
    const found = await this.sessions.findPageByCreation(owner, limit + 1, from);
    const sessions = found.slice(0, limit);
    return { sessions: edge?.direction === 'after' ? sessions.reverse() : sessions, more: found.length > limit };
  }

  /** @throws NoActiveSession */
  async getActive(owner: Owner): Promise<Session> {
    const session = await this.sessions.findActive(owner);
    if (!session) throw new NoActiveSessionError();
    return session;
  }

  /** @throws SessionNotFound */
  async get(owner: Owner, sessionId: string): Promise<Session> {
    assertSessionId(sessionId);
    const session = await this.sessions.findOne(owner, sessionId);
    if (!session) throw new SessionNotFoundError();
    return session;
  }

  /** @throws SessionNotFound */
  rename(owner: Owner, sessionId: string, title: string): Promise<Session> {
    return this.transactions.run(async () => {
      const locked = await this.lock(owner, sessionId);
      await this.sessions.rename(locked, title, this.clock.now());
      return this.get(owner, sessionId);
    });
  }

  /** Makes this session the active one, and so no other. @throws SessionNotFound */
  async activate(owner: Owner, sessionId: string): Promise<Session> {
    assertSessionId(sessionId);
    if (!(await this.owners.activate(owner, sessionId))) throw new SessionNotFoundError();
    // As it was when it was switched to, whatever others have switched to since.
    return { ...(await this.get(owner, sessionId)), isActive: true };
  }

  /** Deletes the session and all its messages; when it was the active one, none is. @throws SessionNotFound */
  delete(owner: Owner, sessionId: string): Promise<void> {
    return this.transactions.run(async () => {
      const active = await this.owners.lock(owner);
      const locked = await this.lock(owner, sessionId);
      if (active === sessionId) await this.owners.setActive(owner, null);
      await this.sessions.delete(locked);
    });
  }

  /** The id of the active session, or of a new default one when there is none. For the inside of a unit of work. */
  async getOrCreateActiveId(owner: Owner): Promise<string> {
    await this.owners.lock(owner);
    const active = await this.sessions.findActive(owner);
    return (active ?? (await this.insert(owner, undefined, defaultTitle, true))).id;
  }

  /**
   * Makes the session, active when none is, unless it is there already. For the inside of a unit of work.
   * @throws SessionNotFound for an id that only this server gives out: that session was deleted, and stays so
   */
  async ensureExists(owner: Owner, sessionId: string): Promise<void> {
    assertSessionId(sessionId);
    if (isServerGeneratedId(sessionId)) throw new SessionNotFoundError();
    await this.owners.lock(owner);
    const active = await this.sessions.findActive(owner);
    await this.create(owner, { id: sessionId, activate: active === undefined });
  }

  /**
   * Counts one message more and locks the session until the unit of work ends.
   * @returns the message's sequence, and its time: never earlier than that of a message saved before it, whichever
   *   process saved that one
   * @throws SessionNotFound
   */
  async allocateSequence(owner: Owner, sessionId: string): Promise<{ sequence: number; at: number }> {
    assertSessionId(sessionId);
    const at = this.clock.now();
    const sequence = await this.sessions.allocateSequence(owner, sessionId, at);
    if (sequence !== undefined) return { sequence, at };
    // It is not there, or another message came in between with a later time.
    const locked = await this.lock(owner, sessionId);
    const later = Math.max(this.clock.now(), locked.lastActivityAt);
    return { sequence: await this.sessions.allocateSequenceLocked(locked, later), at: later };
  }

  /** Locks the session, lets `clear` delete its messages, and counts none. @throws SessionNotFound */
  clear(owner: Owner, sessionId: string, clear: () => Promise<void>): Promise<void> {
    return this.transactions.run(async () => {
      const locked = await this.lock(owner, sessionId);
      await clear();
      await this.sessions.resetMessageCount(locked, this.clock.now());
    });
  }

  private async createdAt(owner: Owner, rowId: number): Promise<number> {
    const createdAt = await this.sessions.findCreatedAt(owner, rowId);
    if (createdAt === undefined) throw new SessionNotFoundError();
    return createdAt;
  }

  private async lock(owner: Owner, sessionId: string): Promise<LockedSession> {
    assertSessionId(sessionId);
    const locked = await this.sessions.lock(owner, sessionId);
    if (!locked) throw new SessionNotFoundError();
    return locked;
  }

  /** For whoever holds the owner's lock. */
  private async insert(
    owner: Owner,
    id: string | undefined,
    title = defaultTitle,
    activate: boolean,
  ): Promise<Session> {
    const now = this.clock.now();
    const sessionId = id ?? newSessionId(owner, now);
    await this.sessions.insert(owner, sessionId, title, now);
    if (activate) await this.owners.setActive(owner, sessionId);
    return this.get(owner, sessionId);
  }
}
