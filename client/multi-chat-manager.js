/**
 * Browser client for the chats of one user in one activity. It has no dependencies and needs no build: load it as a
 * module, from this server or from your own copy.
 *
 * A request or its response may be lost. Calls that are safe to repeat are retried: each message carries a unique
 * `client_message_id`, so a message whose response was lost is not saved twice.
 *
 * A page of the plugin needs no options. A page of another origin, which must be in `ALLOWED_ORIGINS`, names the server
 * and gets a token from its own site, because no cookie is sent:
 *
 *     const chats = new MultiChatManager({
 *       ajaxUrl: 'https://chat.example.org/mod/writeassistdev/ajax.php',
 *       cmid: 12,
 *       token: () => fetch('/chat-token').then((response) => response.text()),
 *     });
 *
 * Searching, pinning, archiving, the trash and replies that are stored while they arrive use the REST API, by `chat-api.js`
 * next to this file, which is loaded when it is needed. The types are in `multi-chat-manager.d.ts`.
 */

/** Error codes which mean that nothing was changed. */
const unchangedCodes = ['authentication_unavailable', 'database_busy', 'database_unavailable', 'server_busy'];
const retryableStatuses = [408, 429, 502, 503, 504];
const maxDelayMs = 30_000;

/** A failed call. `code` is the server's, or `network_error`, `timeout`, `unreadable_answer` or `no_token`; `status` is the HTTP status, 0 without a response. */
export class MultiChatError extends Error {
  constructor(message, code, status = 0, retryAfterMs = undefined) {
    super(message);
    this.name = 'MultiChatError';
    this.code = code;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

export class MultiChatManager {
  #ajaxUrl;
  #apiUrl;
  #api;
  #cmid;
  #sesskey;
  #token;
  #attempts;
  #retryDelayMs;
  #timeoutMs;
  #lastChange = Promise.resolve();

  /** Missing options default to the plugin page's globals: `ajaxUrl`, `cmId` and `sesskey` of `window`. */
  constructor({ ajaxUrl, apiUrl, cmid, sesskey, token, attempts = 4, retryDelayMs = 300, timeoutMs = 15_000 } = {}) {
    this.#ajaxUrl = ajaxUrl ?? globalThis.ajaxUrl ?? '/mod/writeassistdev/ajax.php';
    this.#apiUrl = apiUrl;
    this.#cmid = cmid ?? globalThis.cmId ?? globalThis.cmid;
    this.#sesskey = sesskey ?? globalThis.sesskey;
    this.#token = token;
    this.#attempts = Math.max(1, attempts || 1);
    this.#retryDelayMs = retryDelayMs;
    this.#timeoutMs = timeoutMs;
    /** The chat that was created or switched to last; null before that. */
    this.currentSessionId = null;
  }

  /** Called with the messages of the chat that was created or switched to. Override it, or assign a function. */
  displayMessages(_messages) {}

  /** Creates a chat, makes it active and displays it. Not retried when the chat may already have been created. */
  async createNewChat(title = 'New Chat') {
    const { session_id: sessionId } = await this.#change('create_chat_session', { title }, { repeatable: false });
    this.currentSessionId = sessionId;
    await this.displayMessages([]);
    return sessionId;
  }

  /** Makes the chat active and displays its messages. */
  async switchToChat(sessionId) {
    await this.#change('switch_chat_session', { session_id: sessionId });
    this.currentSessionId = sessionId;
    const messages = await this.loadSessionMessages(sessionId);
    // Another chat may have been selected in the meantime.
    if (this.currentSessionId === sessionId) await this.displayMessages(messages);
    return messages;
  }

  /** Messages, oldest first: the newest 1,000, or those before a given one; or those saved after a given one, in that order. */
  async loadSessionMessages(sessionId, range) {
    return (await this.loadSessionPage(sessionId, range)).messages;
  }

  /** One page of messages, and whether there are more. `before` and `after` are the `id` of a message. */
  async loadSessionPage(sessionId, range) {
    const { limit, before, after } = range ?? {};
    const answer = await this.#call('get_session_messages', { session_id: sessionId, limit, before, after });
    return { messages: answer.messages, hasMore: answer.has_more === true };
  }

  /** Chats, newest first: the newest 1,000, or those before or after a given one. */
  async listChats(range) {
    return (await this.listChatsPage(range)).chats;
  }

  /** One page of chats, and whether there are more. `before` and `after` are the `id` of a chat's row. */
  async listChatsPage(range) {
    const { limit, before, after } = range ?? {};
    const answer = await this.#call('get_chat_sessions', { limit, before, after });
    return { chats: answer.sessions, hasMore: answer.has_more === true };
  }

  /** Saves a message exactly once, also when it is retried; resolves to its id. With your own `clientMessageId` you can repeat the call later. */
  async saveMessage(sessionId, role, content, options) {
    const { clientMessageId, timestamp = clientMessageId === undefined ? Date.now() : undefined } = options ?? {};
    const { message_id: messageId } = await this.#change('save_session_message', {
      session_id: sessionId,
      role,
      content,
      timestamp: timestamp instanceof Date ? timestamp.getTime() : timestamp,
      client_message_id: clientMessageId ?? randomId(),
    });
    return messageId;
  }

  async renameChat(sessionId, title) {
    await this.#change('update_chat_title', { session_id: sessionId, title });
  }

  /** Deletes the messages and keeps the chat. Not retried when it may have succeeded: new messages may have been saved since. */
  async clearChat(sessionId) {
    await this.#change('clear_session_messages', { session_id: sessionId }, { repeatable: false });
  }

  /** Deletes the chat with its messages. Retried only for ids that the server generates, which are never reused. */
  async deleteChat(sessionId) {
    await this.#change('delete_chat_session', { session_id: sessionId }, deletionOf(sessionId));
    if (this.currentSessionId === sessionId) this.currentSessionId = null;
  }

  /** Chats with previews and unread messages, by last activity; with `state: 'trash'` those in the trash. `next` is the `after` of the next page. */
  findChats(options) {
    const { limit, after, order, pinned, archived, q, state } = options ?? {};
    return this.#call((api) => api.list('/sessions', { limit, after, order, pinned, archived, q, state }));
  }

  listTrash(options) {
    return this.findChats({ ...options, state: 'trash' });
  }

  /** Titles and messages that have all words of the query. */
  search(query, options) {
    const { limit, after } = options ?? {};
    return this.#call((api) => api.list('/search', { q: query, limit, after }));
  }

  async pinChat(sessionId, pinned = true) {
    await this.#change((api) => api.change(sessionId, { pinned }));
  }

  async archiveChat(sessionId, archived = true) {
    await this.#change((api) => api.change(sessionId, { archived }));
  }

  /** The messages up to this `sequence` are read; without one, all. */
  async markChatRead(sessionId, lastReadSequence = Number.MAX_SAFE_INTEGER) {
    await this.#change((api) => api.change(sessionId, { lastReadSequence }));
  }

  async restoreChat(sessionId) {
    await this.#change((api) => api.restore(sessionId));
  }

  /** Takes the messages out of the trash that were cleared last. Not retried when it may have succeeded: again means those before. */
  async restoreMessages(sessionId) {
    await this.#change((api) => api.restoreMessages(sessionId), undefined, { repeatable: false });
  }

  /** Deletes the chat for good, also from the trash. */
  async deleteChatPermanently(sessionId) {
    await this.#change((api) => api.purge(sessionId), undefined, deletionOf(sessionId));
    if (this.currentSessionId === sessionId) this.currentSessionId = null;
  }

  /** Begins a reply that is stored while it arrives: `append` each piece, then `end` it. Each is stored once, also when it is retried. */
  async beginReply(sessionId, options) {
    const { role, content, clientMessageId = randomId(), chunkMs } = options ?? {};
    const begin = (api) => api.begin(sessionId, { role, content, clientMessageId });
    return (await this.#loadApi()).replyOf(await this.#change(begin), (write) => this.#call(write), chunkMs);
  }

  /** Runs changes one after the other, so that a retry cannot overtake a later change. */
  #change(action, fields, options) {
    const turn = this.#lastChange.then(() => this.#call(action, fields, options));
    this.#lastChange = turn.catch(() => undefined);
    return turn;
  }

  async #call(action, fields, { repeatable = true, ignoreNotFound = false } = {}) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#send(action, fields);
      } catch (error) {
        // An earlier attempt, or a retry by the browser, deleted it and its response was lost.
        if (ignoreNotFound && error.code === 'session_not_found') return { success: true };
        const isUnanswered = error.code === 'network_error' || error.code === 'timeout';
        const isRetryable = repeatable
          ? isUnanswered || retryableStatuses.includes(error.status)
          : hasChangedNothing(error);
        if (!isRetryable || attempt >= this.#attempts) throw error;
        await pause(error.retryAfterMs ?? this.#retryDelayMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
      }
    }
  }

  async #bearer() {
    try {
      return typeof this.#token === 'function' ? await this.#token() : this.#token;
    } catch (error) {
      throw new MultiChatError(`Cannot get a token: ${error?.message ?? error}`, 'no_token');
    }
  }

  /** @param action an action of the endpoint, or what is done by REST */
  async #send(action, fields) {
    if (typeof action === 'function') return action(await this.#loadApi());
    const token = await this.#bearer();
    // Not FormData: its encoding turns every line feed into CR LF.
    const body = new URLSearchParams();
    const all = { action, cmid: this.#cmid, sesskey: token ? undefined : this.#sesskey, ...fields };
    for (const [name, value] of Object.entries(all)) if (value !== undefined) body.set(name, asText(name, value));
    const headers = token ? { Authorization: `Bearer ${token}` } : {};
    return answerOf(await this.#request(this.#ajaxUrl, { method: 'POST', body, headers }));
  }

  async #request(url, init) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), this.#timeoutMs);
    try {
      const response = await fetch(url, { ...init, signal: abort.signal });
      const seconds = Number(response.headers.get('retry-after'));
      const retryAfterMs = seconds > 0 ? Math.min(seconds * 1000, maxDelayMs) : undefined;
      return { response, text: await response.text(), retryAfterMs };
    } catch {
      if (abort.signal.aborted) throw new MultiChatError(`No answer within ${this.#timeoutMs} ms`, 'timeout');
      throw new MultiChatError('The server cannot be reached', 'network_error');
    } finally {
      clearTimeout(timer);
    }
  }

  /** Tried again with the next call when the file cannot be loaded. */
  async #loadApi() {
    const { ChatApi } = await import('./chat-api.js').catch(() => {
      throw new MultiChatError('chat-api.js cannot be loaded', 'network_error');
    });
    this.#api ??= new ChatApi({
      ...{ apiUrl: this.#apiUrl, ajaxUrl: this.#ajaxUrl, cmid: this.#cmid, sesskey: this.#sesskey },
      bearer: () => this.#bearer(),
      request: (url, init) => this.#request(url, init),
      fail: (...given) => new MultiChatError(...given),
    });
    return this.#api;
  }
}

function answerOf({ response, text, retryAfterMs }) {
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new MultiChatError('The answer is not JSON', 'unreadable_answer', response.status, retryAfterMs);
  }
  if (response.ok && answer?.success === true) return answer;
  const message = answer?.error ?? `HTTP ${response.status}`;
  throw new MultiChatError(message, answer?.code ?? 'unknown', response.status, retryAfterMs);
}

/** A form converts every value to a string, so types are checked before. */
function asText(name, value) {
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw new MultiChatError(`${name} must be a text`, 'invalid_parameter');
}

/** A deletion is retried only for ids that the server generates, which are never reused. */
function deletionOf(sessionId) {
  return { repeatable: String(sessionId).startsWith('chat_'), ignoreNotFound: true };
}

/** Whether the response shows that nothing was changed. */
function hasChangedNothing({ code, status }) {
  return unchangedCodes.includes(code) || status === 429;
}

/** `crypto.randomUUID` exists only in secure contexts (HTTPS or localhost). */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
