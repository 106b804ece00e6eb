export interface StoredMessage {
  id: number;
  owner: number;
  session: string;
  sequence: number;
  /** UTC ms. */
  timestamp: number;
  content: string;
  /** What it counts: its content, payload and metadata, in bytes of UTF-8. */
  bytes: number;
  /** 0 for the beginning of the session; null for the message that was saved before it. */
  parentId: number | null;
  /** The message of which it is another version. */
  revisionOf: number | null;
  /** Whether it is on the current branch. */
  onBranch: boolean;
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
