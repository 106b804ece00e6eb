import type { Owner } from '../owners/owner.js';
import type { MessagePlan } from './plan/message-plan.js';
import type { MoodleActivity } from './source/plugin-types.js';

/** A row of the source, as the ledger notes it. */
export interface LedgerEntry {
  table: string;
  rowId: number;
}

/** A session that messages go to. Made where it is not there; left as it is where it is. */
export interface SessionPlan {
  id: string;
  title: string;
  /** UTC milliseconds; undefined: those of its messages. */
  createdAt: number | undefined;
  modifiedAt: number | undefined;
  /** Whether its owner was looking at it there. */
  active: boolean;
  ledgerEntry: LedgerEntry;
  /** Whether the ledger has it, or a batch brings it there. */
  isRecorded: boolean;
  /** The row that it comes from, and what was made different, for the report. */
  name: string;
  changes: string[];
}

export interface PlannedMessage extends MessagePlan {
  ledgerEntry: LedgerEntry;
  sessionId: string;
}

/** What a batch has for one owner. */
export interface OwnerPart {
  owner: Owner;
  activity: MoodleActivity | undefined;
  /** Those that are new and those of the messages, by id. */
  sessions: Map<string, SessionPlan>;
  /** The sessions that are noted by this batch. */
  newSessions: SessionPlan[];
  messages: PlannedMessage[];
  /** Rows that are noted and go nowhere. */
  skippedAsDuplicate: LedgerEntry[];
}

/** More than this many rows are not written in one transaction. */
const maxRows = 1000;
/** Nor contents of more than this many UTF-16 units, but for a single one. */
const maxUtf16Units = 2 * 1024 * 1024;

/** What is written in one transaction. */
export class Batch {
  readonly parts: OwnerPart[] = [];
  rows = 0;
  #units = 0;

  get isFull(): boolean {
    return this.rows >= maxRows || this.#units >= maxUtf16Units;
  }

  addSession(owner: Owner, activity: MoodleActivity | undefined, session: SessionPlan): void {
    const part = this.part(owner, activity);
    part.sessions.set(session.id, session);
    if (session.isRecorded) return;
    part.newSessions.push(session);
    session.isRecorded = true;
    this.rows++;
  }

  addMessage(owner: Owner, activity: MoodleActivity | undefined, session: SessionPlan, message: PlannedMessage): void {
    this.addSession(owner, activity, session);
    this.part(owner, activity).messages.push(message);
    this.rows++;
    this.#units += message.content.length;
  }

  addDuplicate(owner: Owner, activity: MoodleActivity | undefined, note: LedgerEntry): void {
    this.part(owner, activity).skippedAsDuplicate.push(note);
    this.rows++;
  }

  private part(owner: Owner, activity: MoodleActivity | undefined): OwnerPart {
    const last = this.parts.at(-1);
    if (last?.owner.userId === owner.userId && last.owner.activityId === owner.activityId) return last;
    const part = { owner, activity, sessions: new Map(), newSessions: [], messages: [], skippedAsDuplicate: [] };
    this.parts.push(part);
    return part;
  }
}
