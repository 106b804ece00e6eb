import type { KeysetPage } from '../common/pagination.js';
import type { Role } from './message-rules.js';

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
}

/** What a client sets in a message that it saves. */
export interface NewMessage {
  role: Role;
  content: string;
  /** UTC milliseconds; when undefined the server's time of saving, or the newest timestamp of the session if later. */
  timestamp?: number | undefined;
  /** Idempotency key: a message with it is saved at most once. */
  clientMessageId?: string | undefined;
}

export interface SaveResult {
  message: Message;
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

export type MessageOrder = 'asc' | 'desc';

/** Messages of a session in the order of their timestamps, equal ones in the order of saving; or in the order of saving. */
export type MessageRange =
  { by: 'timestamp'; order: MessageOrder; after?: MessagePosition | undefined } | { by: 'sequence'; after: number };

export interface MessagePage extends KeysetPage<Message, MessagePosition> {
  /**
   * Where a client that has this page continues to read in the order of saving. By timestamp: the session's last sequence
   * when the page was read. By sequence: that of the page's last message. On an empty page: where the page begins, but
   * not more than the session's last sequence.
   */
  lastSequence: number;
}
