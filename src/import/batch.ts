import type { Owner } from '../owners/owner.js';
import type { MessagePlan } from './plan/message-plan.js';
import type { MoodleActivity } from './source/plugin-types.js';

/** Identifies a row of the source in the import ledger. */
export interface LedgerEntry {
  table: string;
  rowId: number;
}

/** A target session. It is created if it does not exist; an existing one keeps its title and active flag. */
export interface SessionPlan {
  id: string;
  title: string;
  /** UTC milliseconds; undefined: derived from its messages. */
  createdAt: number | undefined;
  modifiedAt: number | undefined;
  /** Whether it was the owner's active session in the source. */
  active: boolean;
  ledgerEntry: LedgerEntry;
  /** Whether the ledger has an entry for it, or a batch adds one. */
  isRecorded: boolean;
  /** The row's name in the report. */
  name: string;
  /** Descriptions of changed values, for the report. */
  changes: string[];
}

export interface PlannedMessage extends MessagePlan {
  /** The row's name in the report. */
  name: string;
  ledgerEntry: LedgerEntry;
  sessionId: string;
}

/** The part of a batch that belongs to one owner. */
export interface OwnerPart {
  owner: Owner;
  activity: MoodleActivity | undefined;
  /** New sessions, and the sessions of the messages, by id. */
  sessions: Map<string, SessionPlan>;
  /** Sessions that get a ledger entry in this batch. */
  newSessions: SessionPlan[];
  messages: PlannedMessage[];
  /** Duplicates of rows in another table: they only get a ledger entry. */
  skippedAsDuplicate: LedgerEntry[];
}

/** Maximum number of rows per transaction. */
const maxRows = 1000;
/** A batch is full when its contents have this many UTF-16 units; a single message may be longer. */
const maxUtf16Units = 2 * 1024 * 1024;

/** Rows that are written in one transaction. */
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

  addDuplicate(owner: Owner, activity: MoodleActivity | undefined, ledgerEntry: LedgerEntry): void {
    this.part(owner, activity).skippedAsDuplicate.push(ledgerEntry);
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
