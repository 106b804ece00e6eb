import type { KeysetPage } from '../common/pagination.js';
import type { Role } from './message-rules.js';

/** One turn of a chat, as everybody but the database sees it. Times are UTC milliseconds. */
export interface Message {
  id: number;
  sessionId: string;
  role: Role;
  content: string;
  timestamp: number;
  sequence: number;
  clientMessageId: string | null;
  createdAt: number;
  /** The place in the history of the owner: no two messages of one share it. */
  historyPosition: number;
}

/** What a client says of a message that it saves. */
export interface NewMessage {
  role: Role;
  content: string;
  /** UTC milliseconds; the server's time of saving when it is not given. */
  timestamp?: number | undefined;
  /** Makes the saving exactly-once. */
  clientMessageId?: string | undefined;
}

/** Where a page of a session's messages ends. */
export interface MessagePosition {
  timestamp: number;
  sequence: number;
}

export type MessageOrder = 'asc' | 'desc';
export type MessagePage = KeysetPage<Message, MessagePosition>;
