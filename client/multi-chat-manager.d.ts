export interface MultiChatOptions {
  /** Default: `window.ajaxUrl`, or `/mod/writeassistdev/ajax.php`. */
  ajaxUrl?: string;
  /** The course module's id; default `window.cmId`. */
  cmid?: number | string;
  /** A token, sent as a form field; default `window.sesskey`. */
  sesskey?: string;
  /** A token for the header `Authorization`, or a function that returns one; `sesskey` is then not sent. */
  token?: string | (() => string | Promise<string>);
  /** Maximum number of attempts per call; default 4. */
  attempts?: number;
  /** Delay before the second attempt in ms, doubled for each further one; default 300. */
  retryDelayMs?: number;
  /** Timeout of one attempt in ms; default 15000. */
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

/**
 * At most `limit` rows, older than the row with the id `before` or newer than the row with the id `after`. For messages,
 * `after` means saved after that row, in the order of saving.
 */
export interface Range {
  limit?: number;
  before?: number;
  after?: number;
}

export interface SaveOptions {
  /** When the message was written; a number is in seconds or milliseconds. Default: now, or the time of saving if `clientMessageId` is given. */
  timestamp?: number | string | Date;
  /** A unique id for saving the message once, 1 to 255 visible ASCII characters. Default: a random one. */
  clientMessageId?: string;
}

/** A failed call. `code` is the server's, or one of `network_error`, `timeout`, `unreadable_answer`, `no_token`, `invalid_parameter`, `unknown`. */
export class MultiChatError extends Error {
  readonly code: string;
  /** The HTTP status; 0 without a response. */
  readonly status: number;
  readonly retryAfterMs: number | undefined;
}

/** The chats of one user in one activity. Failed calls reject with a `MultiChatError`. Changes run one after the other. */
export class MultiChatManager {
  constructor(options?: MultiChatOptions);
  /** The chat that was created or switched to last. */
  currentSessionId: string | null;
  /** Called with the messages of the chat that was created or switched to; does nothing unless you override it. */
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
