import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import type { EndedMessage, PreviewedMessage } from './message-counters.js';
import type { LockedSession, Session } from './session.js';
import { SessionSummariesRepository } from './session-summaries.repository.js';
import { SessionsRepository } from './sessions.repository.js';

/** What lists show of the messages of sessions: a preview, and how many are unread. Each save keeps it (docs/adr/0046). */
@Injectable()
export class SessionSummariesService {
  constructor(
    private readonly summaries: SessionSummariesRepository,
    private readonly sessions: SessionsRepository,
    private readonly transactions: TransactionRunner,
  ) {}

  /**
   * Notes that the messages up to this one are read: never less than before, and not more than there are. Inside the
   * transaction that has locked the session.
   */
  async markRead(owner: Owner, locked: LockedSession, sequence: number): Promise<void> {
    const lastReadSequence = Math.min(sequence, locked.lastSequence);
    if (lastReadSequence <= locked.lastReadSequence) return;
    await this.summaries.refresh(owner, { ...locked, lastReadSequence });
  }

  /** Notes that other messages are on the current branch. Inside the transaction that has locked the session. */
  invalidate(owner: Owner, sessionId: string): Promise<void> {
    return this.sessions.invalidateSummary(owner, sessionId);
  }

  /** Notes that a save has moved the current branch, as a change. Inside the transaction that has locked the session. */
  noteMoved(owner: Owner, sessionId: string): Promise<void> {
    return this.sessions.noteMoved(owner, sessionId);
  }

  /** Counts the text of a message that was written in chunks. Inside the transaction that has locked the session. */
  countEnded(locked: LockedSession, message: EndedMessage): Promise<void> {
    return this.sessions.countEnded(locked, message);
  }

  /** Notes the time that a message was given after it was counted. Inside the transaction that has counted it. */
  setPreviewTime(owner: Owner, message: PreviewedMessage): Promise<void> {
    return this.sessions.setPreviewTime(owner, message);
  }

  /** The session; one without a summary of its messages with a new one: other messages are on its current branch
   * now, or an older program has saved, which keeps none. */
  async current(owner: Owner, session: Session): Promise<Session> {
    if (isCurrent(session)) return session;
    return this.transactions.run(async () => {
      const locked = await this.sessions.lock(owner, session.id);
      // It may have been deleted since it was read.
      return locked ? { ...session, ...(await this.summaries.refresh(owner, locked)) } : session;
    }, session.id);
  }

  /** The sessions, each as `current` has it. */
  async allCurrent(owner: Owner, sessions: Session[]): Promise<Session[]> {
    const current: Session[] = [];
    // Nearly all are current, and waiting for each would take longer than the rest of a list.
    for (const session of sessions) current.push(isCurrent(session) ? session : await this.current(owner, session));
    return current;
  }
}

function isCurrent({ summarySequence, lastSequence }: Session): boolean {
  return summarySequence === lastSequence;
}
