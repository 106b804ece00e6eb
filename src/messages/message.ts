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
  /** UTC milliseconds; the server's time of saving when undefined. */
  timestamp?: number | undefined;
  /** Idempotency key: a message with it is saved at most once. */
  clientMessageId?: string | undefined;
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
export type MessagePage = KeysetPage<Message, MessagePosition>;
