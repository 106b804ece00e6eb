import { isDuplicate } from '../../database/transactions/driver-errors.js';
import type { TransactionRunner } from '../../database/transactions/transaction-runner.js';
import type { Owner } from '../../owners/owner.js';
import type { Batch, OwnerPart, PlannedMessage, SessionPlan } from '../batch.js';
import { HistoryAllocator } from './history-allocator.js';
import type {
  MessageRow,
  OwnerRow,
  LedgerRow,
  SessionRow,
  StoredSession,
  TargetRepository,
} from './target.repository.js';

/** How often a batch is written when others take places of its messages, or make its owners, meanwhile. */
const maxAttempts = 5;

const noMessage = { sequence: null, messageId: null };

/** What is to be inserted for all owners of a batch at once. */
interface Inserts {
  sessions: SessionRow[];
  messages: MessageRow[];
  notes: LedgerRow[];
}

/** An owner whose row is locked. */
interface LockedOwner {
  activeSessionId: string | null;
  /** Made by this batch: there is nothing of it yet. */
  isNew: boolean;
}

/** Writes batches: each with its notes in one transaction, and not at all when it fails. */
export class Writer {
  constructor(
    private readonly target: TargetRepository,
    private readonly transactions: TransactionRunner,
    private readonly source: string,
    /** The time of the import, UTC milliseconds. */
    private readonly now: number,
  ) {}

  /** @throws whatever the unit of work throws */
  async write(batch: Batch): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const keepSavesAway = attempt > 1;
        await this.transactions.run(() => this.once(batch, keepSavesAway));
        return;
      } catch (error) {
        // A message that is saved meanwhile takes its place in the history without the owner's lock, but not without
        // its session's: those of all sessions keep it away.
        if (!isDuplicate(error) || attempt === maxAttempts) throw error;
      }
    }
  }

  private async once({ parts }: Batch, keepSavesAway: boolean): Promise<void> {
    // Locks are taken in one order: owners, then sessions, then messages.
    const inOrder = parts.toSorted((a, b) => compare(a.owner, b.owner));
    const locked = await this.lockOwners(inOrder);
    const inserts: Inserts = { sessions: [], messages: [], notes: [] };
    const pointers: [Owner, string][] = [];
    if (keepSavesAway) for (const { owner } of inOrder) await this.target.lockSessions(owner);
    for (const [index, part] of inOrder.entries()) {
      const active = await this.collect(part, locked[index] ?? { activeSessionId: null, isNew: true }, inserts);
      if (active !== undefined) pointers.push([part.owner, active]);
    }
    await this.target.insertSessions(inserts.sessions);
    await this.target.insertMessages(inserts.messages);
    await this.assignMessageIds(inserts);
    await this.target.insertLedgerEntries(this.source, inserts.notes, this.now);
    for (const [owner, active] of pointers) await this.target.setActive(owner, active);
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

  /** @returns the session that becomes the active one of an owner who was here before */
  private async collect(part: OwnerPart, locked: LockedOwner, inserts: Inserts): Promise<string | undefined> {
    const { owner, sessions, newSessions, messages, skippedAsDuplicate: settled } = part;
    const bySession = grouped(messages);
    const positions = new HistoryAllocator(
      locked.isNew ? undefined : (from, to) => this.target.findTakenPositions(owner, from, to),
    );
    await positions.preload(messages.map(({ timestamp }) => timestamp));
    const sequences = new Map<string, number>();
    let active: string | undefined;
    for (const id of [...sessions.keys()].sort()) {
      const plan = sessions.get(id);
      if (!plan) continue;
      const some = bySession.get(id) ?? [];
      const stored = locked.isNew ? undefined : await this.target.lockSession(owner, id);
      sequences.set(id, stored?.lastSequence ?? 0);
      if (!stored) inserts.sessions.push(this.newSession(owner, plan, some));
      else if (some.length > 0) await this.target.updateSession(this.updatedSession(stored, plan, some));
      if (!stored && plan.active && newSessions.includes(plan)) active = id;
    }
    for (const message of messages) {
      const sequence = (sequences.get(message.sessionId) ?? 0) + 1;
      sequences.set(message.sessionId, sequence);
      const { sessionId, role, content, timestamp, createdAt } = message;
      const historyPosition = await positions.allocate(timestamp);
      inserts.messages.push({ owner, sessionId, sequence, role, content, timestamp, createdAt, historyPosition });
      inserts.notes.push({ owner, ...message.ledgerEntry, sessionId, sequence, messageId: null });
    }
    for (const { id, ledgerEntry: note } of newSessions)
      inserts.notes.push({ owner, ...note, sessionId: id, ...noMessage });
    for (const note of settled) inserts.notes.push({ owner, ...note, sessionId: null, ...noMessage });
    return locked.activeSessionId === null && !locked.isNew ? active : undefined;
  }

  /** The ids that the messages were given. */
  private async assignMessageIds({ messages, notes }: Inserts): Promise<void> {
    const key = ({ owner, sessionId }: LedgerRow | MessageRow) => `${owner.activityId} ${owner.userId} ${sessionId}`;
    const spans = new Map<string, { first: MessageRow; last: MessageRow }>();
    for (const message of messages) {
      spans.set(key(message), { first: spans.get(key(message))?.first ?? message, last: message });
    }
    const ids = new Map<string, Map<number, number>>();
    for (const [session, { first, last }] of spans) {
      ids.set(session, await this.target.messageIds(first.owner, first.sessionId, first.sequence, last.sequence));
    }
    for (const note of notes) {
      if (note.sequence !== null) note.messageId = ids.get(key(note))?.get(note.sequence) ?? null;
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
      lastActivityAt,
      createdAt,
      modifiedAt: Math.min(plan.modifiedAt ?? lastActivityAt, this.now),
    };
  }

  /** What was changed here since stays; a session without a row there is as new as its messages. */
  private updatedSession(stored: StoredSession, plan: SessionPlan, messages: PlannedMessage[]): StoredSession {
    const { last = 0 } = span(messages);
    return {
      rowId: stored.rowId,
      lastSequence: stored.lastSequence + messages.length,
      messageCount: stored.messageCount + messages.length,
      lastActivityAt: Math.max(stored.lastActivityAt, last),
      modifiedAt: plan.modifiedAt === undefined ? Math.max(stored.modifiedAt, last) : stored.modifiedAt,
    };
  }
}

function compare(a: Owner, b: Owner): number {
  return a.activityId - b.activityId || a.userId - b.userId;
}

/** What is active of a new owner is made with it. */
function newOwner({ owner, newSessions }: OwnerPart): OwnerRow {
  return { owner, activeSessionId: newSessions.find(({ active }) => active)?.id ?? null };
}

function grouped(messages: PlannedMessage[]): Map<string, PlannedMessage[]> {
  const groups = new Map<string, PlannedMessage[]>();
  for (const message of messages) {
    const group = groups.get(message.sessionId);
    if (group) group.push(message);
    else groups.set(message.sessionId, [message]);
  }
  return groups;
}

/** When the first of the messages was saved, and the latest. */
function span(messages: PlannedMessage[]): { first?: number; last?: number } {
  const [first] = messages;
  if (!first) return {};
  return { first: first.createdAt, last: messages.reduce((last, { createdAt }) => Math.max(last, createdAt), 0) };
}
