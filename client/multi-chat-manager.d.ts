export interface MultiChatOptions {
  /** Default: `window.ajaxUrl`, or `/mod/writeassistdev/ajax.php`. */
  ajaxUrl?: string;
  /** The REST API. Default: that of the server of `ajaxUrl`, with `api/v1` in the place of `mod/writeassistdev/ajax.php`. */
  apiUrl?: string;
  /** The course module's id; default `window.cmId`. */
  cmid?: number | string;
  /** A token, or Moodle's own, which is exchanged for one when REST is used; sent as a form field. Default `window.sesskey`. */
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

/** A chat as REST has it. Times are ISO 8601. */
export interface Chat {
  id: string;
  title: string;
  titleSource: 'default' | 'generated' | 'user';
  isActive: boolean;
  pinned: boolean;
  archived: boolean;
  metadata: Record<string, string>;
  messageCount: number;
  lastActivityAt: string;
  createdAt: string;
  modifiedAt: string;
  version: number;
  /** The beginning of the newest text, on one line; plain text. */
  preview: { text: string; role: Role; timestamp: string } | null;
  unreadCount: number;
  lastReadSequence: number;
}

/** What a search finds: a message, or the title of a chat, whose `messageId`, `role` and `sequence` are null. */
export interface SearchHit {
  sessionId: string;
  sessionTitle: string;
  messageId: string | null;
  role: Role | 'tool' | 'developer' | null;
  sequence: number | null;
  timestamp: string;
  /** Plain text, and where the words are in it, in UTF-16 units. */
  snippet: { text: string; matches: { start: number; end: number }[] };
}

/** A part of a list. `next` is the `after` of the next part; null for the last one. */
export interface Page<Item> {
  items: Item[];
  next: string | null;
}

export interface PageOptions {
  limit?: number;
  after?: string;
}

/** Which chats are listed; what is left out restricts nothing. */
export interface ChatFilter extends PageOptions {
  /** Default: by last activity. */
  order?: 'activity' | 'created' | 'title';
  pinned?: boolean;
  archived?: boolean;
  /** Words of the title. */
  q?: string;
  state?: 'active' | 'trash' | 'all';
}

export interface ReplyOptions {
  /** Default: `assistant`. */
  role?: Role | 'tool' | 'developer';
  /** What the reply begins with. */
  content?: string;
  /** A unique id for beginning the reply once. Default: a random one. */
  clientMessageId?: string;
  /** For how long pieces are collected, 100 to 250 ms; default 150. */
  chunkMs?: number;
}

/** A reply that is stored while it arrives. */
export interface Reply {
  /** The id of the message. */
  readonly id: string;
  /** Takes a piece of the text, which is sent soon. Throws when the server has refused an earlier one for good. */
  append(text: string): void;
  /** Stores what is left and ends the reply; default `complete`. May be called again when it has failed. */
  end(
    status?: 'complete' | 'incomplete' | 'error',
    more?: { metadata?: Record<string, unknown>; format?: string; payload?: object },
  ): Promise<void>;
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
  findChats(options?: ChatFilter): Promise<Page<Chat>>;
  listTrash(options?: PageOptions): Promise<Page<Chat>>;
  search(query: string, options?: PageOptions): Promise<Page<SearchHit>>;
  /** Pins the chat, or with false unpins it. */
  pinChat(sessionId: string, pinned?: boolean): Promise<void>;
  /** Archives the chat, or with false takes it out of the archive. */
  archiveChat(sessionId: string, archived?: boolean): Promise<void>;
  markChatRead(sessionId: string, lastReadSequence?: number): Promise<void>;
  restoreChat(sessionId: string): Promise<void>;
  restoreMessages(sessionId: string): Promise<void>;
  deleteChatPermanently(sessionId: string): Promise<void>;
  beginReply(sessionId: string, options?: ReplyOptions): Promise<Reply>;
}
