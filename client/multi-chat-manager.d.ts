export interface MultiChatOptions {
  /** `window.ajaxUrl`, else `/mod/writeassistdev/ajax.php`. */
  ajaxUrl?: string;
  /** The course module's id; `window.cmId`. */
  cmid?: number | string;
  /** A token as a field of each call; `window.sesskey`. */
  sesskey?: string;
  /** A token for the header `Authorization`, or what gets one; then `sesskey` is not sent. */
  token?: string | (() => string | Promise<string>);
  /** How often a call is tried; 4. */
  attempts?: number;
  /** Before the second attempt, then twice as long each time, in ms; 300. */
  retryDelayMs?: number;
  /** How long one attempt may take, in ms; 15000. */
  timeoutMs?: number;
}

/** A row of the list of chats. Times are whole seconds since 1970. */
export interface ChatRow {
  id: number;
  writeassistdevid?: number;
  researchflowid?: number;
  userid: number;
  session_id: string;
  title: string;
  is_active: 0 | 1;
  created_at: number;
  modified_at: number;
  message_count: number;
}

/** A row of a chat's messages. Times are whole seconds since 1970. */
export interface MessageRow {
  id: number;
  writeassistdevid?: number;
  researchflowid?: number;
  userid: number;
  chat_session_id: string;
  role: Role;
  content: string;
  timestamp: number;
  created_at: number;
}

export type Role = 'user' | 'assistant' | 'system';

/** Which rows: at most `limit`, older than the row `before` or newer than the row `after`, by their `id`. */
export interface Range {
  limit?: number;
  before?: number;
  after?: number;
}

export interface SaveOptions {
  /** When it was written; now, or when it is saved if it has a name of your own. A number is of seconds or of milliseconds. */
  timestamp?: number | string | Date;
  /** The message's own name, 1 to 100 visible ASCII characters: by it the message is saved once. A random one. */
  clientMessageId?: string;
}

/** What went wrong: `code` is the server's, or one of `network_error`, `timeout`, `unreadable_answer`, `no_token`, `invalid_parameter`, `unknown`. */
export class MultiChatError extends Error {
  readonly code: string;
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number;
  readonly retryAfterMs: number | undefined;
}

/** The chats of one person in one activity. What goes wrong with a call is a `MultiChatError`. Changes are made one after the other. */
export class MultiChatManager {
  constructor(options?: MultiChatOptions);
  /** The chat that was made or switched to last. */
  currentSessionId: string | null;
  /** Called with the messages of the chat that was made or switched to; does nothing until you override it. */
  displayMessages(messages: MessageRow[]): void | Promise<void>;
  /** Resolves to the new chat's id. */
  createNewChat(title?: string): Promise<string>;
  switchToChat(sessionId: string): Promise<MessageRow[]>;
  loadSessionMessages(sessionId: string, range?: Range): Promise<MessageRow[]>;
  loadSessionPage(sessionId: string, range?: Range): Promise<{ messages: MessageRow[]; hasMore: boolean }>;
  listChats(range?: Range): Promise<ChatRow[]>;
  listChatsPage(range?: Range): Promise<{ chats: ChatRow[]; hasMore: boolean }>;
  /** Resolves to the message's id. */
  saveMessage(sessionId: string, role: Role, content: string, options?: SaveOptions): Promise<number>;
  renameChat(sessionId: string, title: string): Promise<void>;
  clearChat(sessionId: string): Promise<void>;
  deleteChat(sessionId: string): Promise<void>;
}
