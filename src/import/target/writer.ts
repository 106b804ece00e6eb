import { isDuplicate } from '../../database/transactions/driver-errors.js';
import type { TransactionRunner } from '../../database/transactions/transaction-runner.js';
import type { Owner } from '../../owners/owner.js';
import type { Batch, OwnerPart, PlannedMessage, SessionPlan } from '../batch.js';
import { toPreview, type Preview } from '../../common/preview.js';
import { HistoryAllocator } from './history-allocator.js';
import type {
  MessageRow,
  OwnerRow,
  LedgerRow,
  SessionRow,
  LockedSession,
  TargetRepository,
} from './target.repository.js';

/** Attempts to write a batch when concurrent saves take its history positions, or insert its owners. */
const maxAttempts = 5;

const noMessage = { sequence: null, messageId: null };

/** The rows to insert for all owners of a batch. */
interface Inserts {
  sessions: SessionRow[];
  messages: MessageRow[];
  ledgerRows: LedgerRow[];
}

/** An owner whose row is locked. */
interface LockedOwner {
  activeSessionId: string | null;
  /** Inserted by this batch, so it has no sessions or messages yet. */
  isNew: boolean;
}

/** Writes each batch and its ledger entries in one transaction. */
export class Writer {
  constructor(
    private readonly target: TargetRepository,
    private readonly transactions: TransactionRunner,
    private readonly source: string,
    /** The time of the import, UTC milliseconds. */
    private readonly now: number,
  ) {}

  /**
   * @param mayBeWritten whether the connection was lost when this batch was written before: it is written only if it was
   *   not
   * @throws database errors, after the transaction was rolled back
   */
  async write(batch: Batch, mayBeWritten = false): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const lockAllSessions = attempt > 1;
        await this.transactions.run(() => this.writeOnce(batch, { lockAllSessions, mayBeWritten }));
        return;
      } catch (error) {
        // A concurrent save may take a history position, since it does not lock the owner. But it locks its session:
        // locking all sessions of the owner in the next attempt excludes it.
        if (!isDuplicate(error) || attempt === maxAttempts) throw error;
      }
    }
  }

  private async writeOnce(
    { parts }: Batch,
    { lockAllSessions, mayBeWritten }: { lockAllSessions: boolean; mayBeWritten: boolean },
  ): Promise<void> {
    // The lock order of the whole service: owners, then sessions, then messages.
    const sortedParts = parts.toSorted((a, b) => compare(a.owner, b.owner));
    const locked = await this.lockOwners(sortedParts);
    // The locks have waited for the end of the transaction whose connection was lost.
    if (mayBeWritten && (await this.isWritten(parts))) return;
    const inserts: Inserts = { sessions: [], messages: [], ledgerRows: [] };
    const activeSessions: [Owner, string][] = [];
    if (lockAllSessions) for (const { owner } of sortedParts) await this.target.lockSessions(owner);
    for (const [index, part] of sortedParts.entries()) {
      const active = await this.collect(part, locked[index] ?? { activeSessionId: null, isNew: true }, inserts);
      if (active !== undefined) activeSessions.push([part.owner, active]);
    }
    await this.target.insertSessions(inserts.sessions);
    await this.target.insertMessages(inserts.messages);
    await this.assignMessageIds(inserts);
    await this.target.insertLedgerEntries(this.source, inserts.ledgerRows, this.now);
    for (const [owner, active] of activeSessions) await this.target.setActive(owner, active);
  }

  /** Whether one of the ledger entries exists: all are written in one transaction. */
  private async isWritten(parts: OwnerPart[]): Promise<boolean> {
    for (const { owner, messages, newSessions, skippedAsDuplicate } of parts) {
      const entry = messages[0]?.ledgerEntry ?? newSessions[0]?.ledgerEntry ?? skippedAsDuplicate[0];
      if (entry) return this.target.isRecorded(this.source, owner, entry);
    }
    return false;
  }

  private async lockOwners(parts: OwnerPart[]): Promise<LockedOwner[]> {
    const found: ({ activeSessionId: string | null } | undefined)[] = [];
    for (const { owner } of parts) found.push(await this.target.lockOwner(owner));
    const missing = parts.filter((_, index) => found[index] === undefined);
    if (missing.length > 0) await this.target.createOwners(missing.map(newOwner));
    const activities = new Map(parts.map(({ owner, activity }) => [owner.activityId, activity]));
    for (const [id, activity] of activities) if (activity) await this.target.describeActivity(id, activity);
    return found.map((row) => ({ activeSessionId: row?.activeSessionId ?? null, isNew: row === undefined }));
  }

  /** @returns the session to make active for an existing owner who has no active session */
  private async collect(part: OwnerPart, locked: LockedOwner, inserts: Inserts): Promise<string | undefined> {
    const { owner, sessions, newSessions, messages, skippedAsDuplicate } = part;
    const messagesBySession = groupBySession(messages);
    const positions = new HistoryAllocator(
      locked.isNew ? undefined : (from, to) => this.target.findTakenPositions(owner, from, to),
    );
    await positions.preload(messages.map(({ timestamp }) => timestamp));
    const sequences = new Map<string, number>();
    let active: string | undefined;
    for (const id of [...sessions.keys()].sort()) {
      const plan = sessions.get(id);
      if (!plan) continue;
      const newMessages = messagesBySession.get(id) ?? [];
      const stored = locked.isNew ? undefined : await this.target.lockSession(owner, id);
      sequences.set(id, stored?.lastSequence ?? 0);
      const isTrashed = stored !== undefined && stored.deletedAt !== null;
      if (!stored) inserts.sessions.push(this.newSession(owner, plan, newMessages));
      else if (isTrashed) await this.target.renewSession(stored, this.newSession(owner, plan, newMessages));
      else if (newMessages.length > 0) await this.target.updateSession(this.updatedSession(stored, plan, newMessages));
      if ((!stored || isTrashed) && plan.active && newSessions.includes(plan)) active = id;
    }
    for (const message of messages) {
      const sequence = (sequences.get(message.sessionId) ?? 0) + 1;
      sequences.set(message.sessionId, sequence);
      const { sessionId, role, content, timestamp, createdAt } = message;
      const historyPosition = await positions.allocate(timestamp);
      inserts.messages.push({ owner, sessionId, sequence, role, content, timestamp, createdAt, historyPosition });
      inserts.ledgerRows.push({ owner, ...message.ledgerEntry, sessionId, sequence, messageId: null });
    }
    for (const { id, ledgerEntry } of newSessions) {
      inserts.ledgerRows.push({ owner, ...ledgerEntry, sessionId: id, ...noMessage });
    }
    for (const ledgerEntry of skippedAsDuplicate) {
      inserts.ledgerRows.push({ owner, ...ledgerEntry, sessionId: null, ...noMessage });
    }
    return locked.activeSessionId === null && !locked.isNew ? active : undefined;
  }

  /** Sets the ids that the database assigned to the messages in their ledger entries. */
  private async assignMessageIds({ messages, ledgerRows }: Inserts): Promise<void> {
    const key = ({ owner, sessionId }: LedgerRow | MessageRow) => `${owner.activityId} ${owner.userId} ${sessionId}`;
    const spans = new Map<string, { first: MessageRow; last: MessageRow }>();
    for (const message of messages) {
      spans.set(key(message), { first: spans.get(key(message))?.first ?? message, last: message });
    }
    const ids = new Map<string, Map<number, number>>();
    for (const [session, { first, last }] of spans) {
      ids.set(session, await this.target.messageIds(first.owner, first.sessionId, first.sequence, last.sequence));
    }
    for (const row of ledgerRows) {
      if (row.sequence !== null) row.messageId = ids.get(key(row))?.get(row.sequence) ?? null;
    }
  }

  private newSession(owner: Owner, plan: SessionPlan, messages: PlannedMessage[]): SessionRow {
    const { first, last } = span(messages);
    const createdAt = Math.min(plan.createdAt ?? first ?? plan.modifiedAt ?? 0, this.now);
    const lastActivityAt = Math.max(createdAt, last ?? 0);
    return {
      owner,
      id: plan.id,
      title: plan.title,
      lastSequence: messages.length,
      messageCount: messages.length,
      contentBytes: bytesOf(messages),
      lastActivityAt,
      createdAt,
      modifiedAt: Math.min(plan.modifiedAt ?? lastActivityAt, this.now),
      preview: previewOf(messages),
      unreadCount: 0,
    };
  }

  /** Keeps the stored `modifiedAt`, except for a session without a source row: its messages determine it. */
  private updatedSession(stored: LockedSession, plan: SessionPlan, messages: PlannedMessage[]) {
    const { last = 0 } = span(messages);
    return {
      rowId: stored.rowId,
      lastSequence: stored.lastSequence + messages.length,
      messageCount: stored.messageCount + messages.length,
      contentBytes: stored.contentBytes + bytesOf(messages),
      lastActivityAt: Math.max(stored.lastActivityAt, last),
      modifiedAt: plan.modifiedAt === undefined ? Math.max(stored.modifiedAt, last) : stored.modifiedAt,
      preview: previewOf(messages),
      // What was saved here and is unread must stay so; the imported messages after it are unread with it.
      unreadCount: stored.unreadCount && stored.unreadCount + messages.length,
      lastReadSequence: stored.lastReadSequence,
    };
  }
}

function compare(a: Owner, b: Owner): number {
  return a.activityId - b.activityId || a.userId - b.userId;
}

/** A new owner is inserted with its active session. */
function newOwner({ owner, newSessions }: OwnerPart): OwnerRow {
  return { owner, activeSessionId: newSessions.find(({ active }) => active)?.id ?? null };
}

function groupBySession(messages: PlannedMessage[]): Map<string, PlannedMessage[]> {
  const groups = new Map<string, PlannedMessage[]>();
  for (const message of messages) {
    const group = groups.get(message.sessionId);
    if (group) group.push(message);
    else groups.set(message.sessionId, [message]);
  }
  return groups;
}

/** The preview of the last message: a person reads all that an import writes. */
function previewOf(messages: PlannedMessage[]): Preview | undefined {
  const last = messages.at(-1);
  return last && toPreview(last);
}

/** The contents in bytes of UTF-8. */
function bytesOf(messages: PlannedMessage[]): number {
  return messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
}

/** The time of saving of the first message, and the latest of all; UTC milliseconds. */
function span(messages: PlannedMessage[]): { first?: number; last?: number } {
  const [first] = messages;
  if (!first) return {};
  return { first: first.createdAt, last: messages.reduce((last, { createdAt }) => Math.max(last, createdAt), 0) };
}
