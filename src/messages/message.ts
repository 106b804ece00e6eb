import type { KeysetPage } from '../common/pagination.js';
import type { MessageStatus, Role } from './message-rules.js';

/** One turn of a chat, independent of its row. Times are UTC milliseconds. */
export interface Message {
  id: number;
  sessionId: string;
  role: Role;
  content: string;
  timestamp: number;
  sequence: number;
  clientMessageId: string | null;
  createdAt: number;
  /** The position in the owner's history, in UTC milliseconds: unique for the owner. */
  historyPosition: number;
  /** The name of the payload's format; null without a payload. */
  format: string | null;
  /** JSON of a list or an object, as the client sent it. */
  payload: string | null;
  /** JSON of a flat object, as the client sent it. */
  metadata: string | null;
  status: MessageStatus;
}

/** A message as its row has it: while it is written in chunks, without these and as `in_progress`. */
export interface StoredMessage extends Message {
  /** Of what was sent first, for a message that has been written in chunks (`requestSha256`). */
  requestSha256: string | null;
  /** `rootParent` for the beginning of a session; null for the message that was saved before it. */
  parentId: number | null;
  /** The message of which it is another version. */
  revisionOf: number | null;
  /** Whether it is on the current branch. */
  onBranch: boolean;
}

/** What a client sets in a message that it saves. */
export interface NewMessage {
  role: Role;
  content: string;
  /** UTC milliseconds; when undefined the server's time of saving, or the newest timestamp of the session if later. */
  timestamp?: number | undefined;
  /** Idempotency key: a message with it is saved at most once. */
  clientMessageId?: string | undefined;
  /** `complete` when undefined. */
  status?: MessageStatus | undefined;
  format?: string | undefined;
  payload?: string | undefined;
  metadata?: string | undefined;
  /** The message that it follows, or `rootParent`; the end of the current branch when undefined. */
  parentId?: number | undefined;
  /** The message of which it is another version. */
  revisionOf?: number | undefined;
}

/** What the end of a message that was written in chunks sets besides its text. */
export interface MessageEnd {
  status: MessageStatus;
  format?: string | undefined;
  payload?: string | undefined;
  metadata?: string | undefined;
}

/** A change of a message that is written in chunks. */
export interface MessageChange {
  /** What the client got when it created the message, or took the lease. */
  lease?: string | undefined;
  /** Whether the client goes on in place of one that does not write any more. */
  takeLease: boolean;
  /** Follows what is there; empty for nothing. */
  append: string;
  /** Where `append` begins, in bytes of UTF-8; undefined only for nothing. */
  offset?: number | undefined;
  /** How the message ends; undefined while it goes on. */
  end?: MessageEnd | undefined;
}

/** The state of such a message. */
export interface StreamedMessage {
  id: number;
  sessionId: string;
  status: MessageStatus;
  /** Of its text, in UTF-8. */
  contentBytes: number;
  /** For the client that has just taken it. */
  lease?: string | undefined;
}

export interface SavedMessage {
  message: Message;
  /** For a message that is still written in chunks: what a client needs to write them. No lease when another one writes. */
  stream?: { lease?: string; contentBytes: number } | undefined;
}

export interface SaveResult extends SavedMessage {
  /** True when an earlier request has saved the message: with the same client message id, or the same in all fields. */
  replayed: boolean;
}

/** The last message of a page of a session. */
export interface MessagePosition {
  /** UTC milliseconds. */
  timestamp: number;
  sequence: number;
}

/** A part of a list of messages. */
export interface MessageList {
  messages: Message[];
  /** Whether the list continues after them. */
  more: boolean;
}

/** A message with the message that it follows, or `rootParent`. */
export interface BranchedMessage extends Message {
  parentId: number;
  /** The message of which it is another version. */
  revisionOf: number | null;
}

/** A message with its place in the tree of its session. */
export interface TreeMessage extends BranchedMessage {
  /** Whether it is on the current branch. */
  onBranch: boolean;
  /** Messages with the same parent, this one included. */
  siblingCount: number;
}

/** Another version of a message. */
export interface Revision {
  content: string;
  format?: string | undefined;
  payload?: string | undefined;
  metadata?: string | undefined;
}

export type MessageOrder = 'asc' | 'desc';

/** Messages of a session in the order of their timestamps, equal ones in the order of saving; or in the order of saving. */
export type MessageRange =
  { by: 'timestamp'; order: MessageOrder; after?: MessagePosition | undefined } | { by: 'sequence'; after: number };

export type MessagePage = PageOf<Message>;
export type TreePage = PageOf<TreeMessage>;

interface PageOf<Item> extends KeysetPage<Item, MessagePosition> {
  /**
   * Where a client that has this page continues to read in the order of saving. By timestamp: the session's last sequence
   * when the page was read. By sequence: that of the page's last message. On an empty page: where the page begins, but
   * not more than the session's last sequence.
   */
  lastSequence: number;
}
