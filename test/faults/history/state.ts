export interface StoredMessage {
  owner: number;
  session: string;
  sequence: number;
  /** UTC ms. */
  timestamp: number;
  content: string;
  /** What it counts: its content, payload and metadata, in bytes of UTF-8. */
  bytes: number;
}

export interface StoredSession {
  owner: number;
  id: string;
  title: string;
  messageCount: number;
  /** Contents of its messages, in bytes of UTF-8. */
  contentBytes: number;
  lastSequence: number;
}

/** All rows of the store after the clients have ended. */
export interface State {
  messages: StoredMessage[];
  sessions: StoredSession[];
  /** The active session of each owner that has one. */
  active: { owner: number; session: string }[];
}
