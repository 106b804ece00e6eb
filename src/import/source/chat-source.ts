import type { Owner } from '../../owners/owner.js';

/** A session row of the source. Times are UTC milliseconds, undefined when they are not plausible. */
export interface SourceSession {
  rowId: number;
  /** The id in the source, unchanged. */
  id: string;
  title: string | null;
  /** Whether it is the owner's active session: at most one is. */
  active: boolean;
  createdAt: number | undefined;
  modifiedAt: number | undefined;
}

/** A message of the source. */
export interface SourceMessage {
  /** Its id in the ledger: the row's id, or a hash when the message has no id of its own. */
  rowId: number;
  /** Its name in the report. */
  name: string;
  /** The session id in the source, unchanged. */
  session: string;
  role: string;
  content: string;
  /** Plausible times of writing, UTC milliseconds, the most reliable first. */
  times: number[];
  /** When the source saved it, UTC milliseconds. */
  savedAt: number | undefined;
  /** The message has no time of its own: `times` are those of a neighbour and may change with it. */
  isTimeless?: boolean;
  /** Why it cannot be imported. */
  problem?: string;
  /** The row of another table that has the same message: this one is skipped as a duplicate. */
  sameAs?: string;
}

/** The ledger entries of one owner from earlier imports. */
export interface LedgerView {
  /** The rows of the source's message table without an entry, in the given order. Counts all of `rowIds` as read. */
  notRecorded(rowIds: number[]): Promise<number[]>;
  /** Message ids of all recorded rows of the source's message table, by row id; null for rows skipped as duplicates. */
  messageIds(): Promise<Map<number, number | null>>;
  /** The rows of another table without an entry. */
  notRecordedIn(table: string, rowIds: number[]): Promise<number[]>;
}

/** A source of chats, read owner by owner. Each yielded page is small enough to be held in memory. */
export interface ChatSource {
  /** The message table, without its prefix: its name in the ledger and in the report. */
  readonly table: string;
  /** The session table; undefined when sessions have no rows. */
  readonly sessionTable: string | undefined;
  /** The title of sessions without a row; undefined: their first user message gives the title. */
  readonly title: string | undefined;

  /** The approximate number of messages and sessions, for the progress display. */
  count(): Promise<number>;
  /** The next owners after this one, in order; empty at the end. Their ids may be out of range. */
  owners(after: Owner | undefined): Promise<Owner[]>;
  sessions(owner: Owner): AsyncIterable<SourceSession[]>;
  /**
   * The messages that are not recorded, in the order in which they were saved.
   * @param ledger undefined when the ledger is empty: all messages
   */
  messages(owner: Owner, ledger: LedgerView | undefined): AsyncIterable<SourceMessage[]>;
  /** The content of the first user message in a session without a row. */
  firstUserMessage(owner: Owner, session: string): Promise<string | undefined>;
  /** The messages with these ids, in any order; missing ones are left out. */
  find(owner: Owner, rowIds: number[]): AsyncIterable<SourceMessage[]>;
}
