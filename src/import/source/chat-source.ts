import type { Owner } from '../../owners/owner.js';

/** A session that has a row of its own in another system. Times are UTC milliseconds, undefined where they cannot be believed. */
export interface SourceSession {
  rowId: number;
  /** As it stands there. */
  id: string;
  title: string | null;
  /** Whether its owner looks at it: at most one of an owner's is. */
  active: boolean;
  createdAt: number | undefined;
  modifiedAt: number | undefined;
}

/** A message in another system. */
export interface SourceMessage {
  /** Its number in the ledger: the row's id or, where what has come has none, a hash. */
  rowId: number;
  /** How the report names it. */
  name: string;
  /** The session, as the message names it there. */
  session: string;
  role: string;
  content: string;
  /** When it may have been written, UTC milliseconds: what is believed most comes first. */
  times: number[];
  /** When it was saved there. */
  savedAt: number | undefined;
  /** Its time is that of another one beside it, and may change with what lies there. */
  isTimeless?: boolean;
  /** Why it cannot come over. */
  problem?: string;
  /** It is there under another row as well, and noted as done. */
  sameAs?: string;
}

/** What the ledger has of an owner from before this import. */
export interface LedgerView {
  /** Which of these rows of the source it does not have, in their order; all of them count as read. */
  notRecorded(rowIds: number[]): Promise<number[]>;
  /** All rows of the source that it has: the id of the message, null where the row was also another one. */
  messageIds(): Promise<Map<number, number | null>>;
  /** Which of these rows of another table it does not have. */
  notRecordedIn(table: string, rowIds: number[]): Promise<number[]>;
}

/** A place that chats come from, read owner by owner. Whatever it yields is small enough to be held in memory. */
export interface ChatSource {
  /** The table of the messages, without its prefix: its name in the ledger and in the report. */
  readonly table: string;
  /** The table of the sessions; undefined where sessions have no rows. */
  readonly sessionTable: string | undefined;
  /** The title of sessions that have no row; undefined: they are titled by their first user message. */
  readonly title: string | undefined;

  /** How many messages and sessions there are, about: for telling how long it takes. */
  count(): Promise<number>;
  /** Some owners after this one, in order; none at the end. Their ids are as they stand there. */
  owners(after: Owner | undefined): Promise<Owner[]>;
  sessions(owner: Owner): AsyncIterable<SourceSession[]>;
  /**
   * Those that are not noted, in the order in which they were saved.
   * @param notes undefined where nothing is noted yet: all of them, without asking
   */
  messages(owner: Owner, notes: LedgerView | undefined): AsyncIterable<SourceMessage[]>;
  /** The content of the first message of a user in a session without a row. */
  firstUserMessage(owner: Owner, session: string): Promise<string | undefined>;
  /** The messages of these numbers, in any order; those that are gone are left out. */
  find(owner: Owner, rowIds: number[]): AsyncIterable<SourceMessage[]>;
}
