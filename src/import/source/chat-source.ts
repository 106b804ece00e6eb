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
  /** Its name in the report. */
  name: string;
  /** Why it cannot be imported. */
  problem?: string;
}

/** A message of the source without its content. */
export interface SourceMessageHead {
  /** Its id in the ledger: the row's id, or a hash when the message has no id of its own. */
  rowId: number;
  /** Its name in the report. */
  name: string;
  role: string;
  /** Plausible times of writing, UTC milliseconds, the most reliable first. */
  times: number[];
  /** When the source saved it, UTC milliseconds. */
  savedAt: number | undefined;
  /** The message has no time of its own: `times` are those of a neighbour and may change with it. */
  isTimeless?: boolean;
  /** Why it cannot be imported. */
  problem?: string;
}

export interface SourceMessage extends SourceMessageHead {
  /** The session id in the source, unchanged. */
  session: string;
  content: string;
  /** The row of another table that has the same message: this one is skipped as a duplicate. */
  sameAs?: string;
}

/** A message of the source for verification. */
export interface SourceDigest extends SourceMessageHead {
  /** The SHA-256 of its content in UTF-8, hexadecimal; undefined when it has none. */
  contentDigest: string | undefined;
  /** The session id in the source, unchanged; undefined for a project, whose row may get another id. */
  sessionInTable?: string;
}

/** A row that cannot be imported because it belongs to no user or activity, or has no id. */
export interface UnusableRow {
  table: string;
  /** Its name in the report. */
  name: string;
  problem: string;
}

/** The rows of a table at one moment. */
export interface RowCount {
  rows: number;
  /** The greatest id: it shows that rows were added. */
  lastId: string;
}

/** The ledger entries of one owner from earlier imports. */
export interface LedgerView {
  /** The rows of the source's message table without an entry, in the given order. Counts the others as read. */
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
  /** Whether the source has the session table. */
  readonly hasSessionTable: boolean;
  /** The title of sessions without a row; undefined: their first user message gives the title. */
  readonly title: string | undefined;

  /** The approximate number of messages and sessions, for the progress display. */
  count(): Promise<number>;
  /** The rows that an import must read, by table; without tables whose rows do not count as one each. */
  rowCounts(): Promise<Map<string, RowCount>>;
  /** The rows that no owner has. */
  unusableRows(): AsyncIterable<UnusableRow[]>;
  /** The next owners after this one, in order; empty at the end. */
  owners(after: Owner | undefined): Promise<Owner[]>;
  sessions(owner: Owner): AsyncIterable<SourceSession[]>;
  /**
   * The messages that are not recorded, in the order in which they were saved.
   * @param ledger undefined when the ledger is empty: all messages
   */
  messages(owner: Owner, ledger: LedgerView | undefined): AsyncIterable<SourceMessage[]>;
  /** The content of the first user message in a session without a row. */
  firstUserMessage(owner: Owner, session: string): Promise<string | undefined>;
  /**
   * The messages with these ids for verification, in any order, also those that `since` excludes; missing ones are left
   * out. A row id may come several times.
   */
  digests(owner: Owner, rowIds: number[]): AsyncIterable<SourceDigest[]>;
}
