import type { Outcome } from '../history/events.js';

/** What became of one request, without repetitions. */
export interface Reply<Result> {
  outcome: Outcome;
  /** Set with the outcome `ok`. */
  result?: Result;
}

export interface SentMessage {
  role: 'user' | 'assistant' | 'system';
  content: string;
  /** UTC ms. */
  timestamp?: number;
  /** With it the request may be repeated. */
  clientMessageId?: string;
  /** Written in chunks, if the interface can. Has a client message id. */
  isStreamed?: boolean;
}

/** Where a message was saved. */
export interface SavedMessage {
  session: string;
  /** Its id, if the answer has one. */
  id?: string;
}

export interface ReadMessage {
  /** If the interface has ids with which a message can be edited. */
  id?: string;
  content: string;
  /** Ascends, or stays, from message to message. */
  position: number;
}

export interface ListedSession {
  id: string;
  isActive: boolean;
}

/** What an interface offers that knows the branches of a session. */
export interface BranchApi {
  /** Saves another version of a message. It has no client message id: it is not repeated. */
  edit(session: string, id: string, content: string): Promise<Reply<SavedMessage>>;
  /** Saves a message that follows another one. */
  answer(session: string, parentId: string, message: SentMessage): Promise<Reply<SavedMessage>>;
  /** Shows the branch that runs through a message. */
  switchTo(session: string, id: string): Promise<Reply<unknown>>;
  /** Reads the messages of all branches in pages of `pageSize`. */
  readTree(session: string, pageSize: number): Promise<Reply<ReadMessage[]>>;
}

/** What one owner can ask of the store, over one of its interfaces. */
export interface ChatApi {
  createSession(title: string): Promise<Reply<{ session: string }>>;
  /** @param session undefined: the active session, or the one that the interface uses without a name */
  save(session: string | undefined, message: SentMessage): Promise<Reply<SavedMessage>>;
  /** Reads all messages in pages of `pageSize`. */
  read(session: string, pageSize: number): Promise<Reply<ReadMessage[]>>;
  sessions(): Promise<Reply<ListedSession[]>>;
  rename(session: string, title: string): Promise<Reply<unknown>>;
  activate(session: string): Promise<Reply<unknown>>;
  clear(session: string): Promise<Reply<unknown>>;
  delete(session: string): Promise<Reply<unknown>>;
  /** Takes a session out of the trash. Undefined for an interface that cannot. */
  restore?: (session: string) => Promise<Reply<unknown>>;
  /** Takes the messages out of the trash that were cleared last. */
  restoreMessages?: (session: string) => Promise<Reply<unknown>>;
  /** Undefined for an interface that shows the current branch only. */
  readonly branches?: BranchApi;
}
