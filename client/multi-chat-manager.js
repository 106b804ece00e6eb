/**
 * The chats of one person in one activity, for a page in the browser. No dependencies, nothing to build: load it as a
 * module, from this server or from a copy of your own.
 *
 * Every call may be lost on its way, or its answer may be. What may be repeated is: a message carries a name of its own
 * (`client_message_id`), so a message whose answer was lost is not saved twice.
 */

/** Answers by which nothing was changed, whatever was asked. */
const nothingChanged = ['database_busy', 'database_unavailable'];
const worthAnotherTry = [408, 429, 502, 503, 504];
const longestPauseMs = 30_000;

/** What went wrong: `code` is the server's, or `network_error`, `timeout`, `unreadable_answer` or `no_token`; `status` is 0 where there was no answer. */
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
  #cmid;
  #sesskey;
  #token;
  #attempts;
  #retryDelayMs;
  #timeoutMs;
  #lastChange = Promise.resolve();

  /** What is left out is what the plugin's page says: `ajaxUrl`, `cmId` and `sesskey` of `window`. */
  constructor({ ajaxUrl, cmid, sesskey, token, attempts = 4, retryDelayMs = 300, timeoutMs = 15_000 } = {}) {
    this.#ajaxUrl = ajaxUrl ?? globalThis.ajaxUrl ?? '/mod/writeassistdev/ajax.php';
    this.#cmid = cmid ?? globalThis.cmId ?? globalThis.cmid;
    this.#sesskey = sesskey ?? globalThis.sesskey;
    this.#token = token;
    this.#attempts = Math.max(1, attempts || 1);
    this.#retryDelayMs = retryDelayMs;
    this.#timeoutMs = timeoutMs;
    /** The chat that was made or switched to last; null before. */
    this.currentSessionId = null;
  }

  /** Called with the messages of the chat that was made or switched to. Override it, or assign to it. */
  displayMessages(_messages) {}

  /** Makes a chat, which is then the active one, and shows it. Not sent again by us where it may have been made. */
  async createNewChat(title = 'New Chat') {
    const { session_id: sessionId } = await this.#change('create_chat_session', { title }, { repeatable: false });
    this.currentSessionId = sessionId;
    await this.displayMessages([]);
    return sessionId;
  }

  /** Makes the chat the active one, and shows its messages. */
  async switchToChat(sessionId) {
    await this.#change('switch_chat_session', { session_id: sessionId });
    this.currentSessionId = sessionId;
    const messages = await this.loadSessionMessages(sessionId);
    // Another one may have been chosen meanwhile.
    if (this.currentSessionId === sessionId) await this.displayMessages(messages);
    return messages;
  }

  /** The messages in their order: the newest 1,000, or those next to one that is held. */
  async loadSessionMessages(sessionId, range) {
    return (await this.loadSessionPage(sessionId, range)).messages;
  }

  /** The same, and whether there are more. `before` and `after` are the `id` of a message. */
  async loadSessionPage(sessionId, range) {
    const { limit, before, after } = range ?? {};
    const answer = await this.#call('get_session_messages', { session_id: sessionId, limit, before, after });
    return { messages: answer.messages, hasMore: answer.has_more === true };
  }

  /** The chats, later made first: the newest 1,000, or those next to one that is held. */
  async listChats(range) {
    return (await this.listChatsPage(range)).chats;
  }

  /** The same, and whether there are more. `before` and `after` are the `id` of a chat's row. */
  async listChatsPage(range) {
    const { limit, before, after } = range ?? {};
    const answer = await this.#call('get_chat_sessions', { limit, before, after });
    return { chats: answer.sessions, hasMore: answer.has_more === true };
  }

  /** Saves a message, once, however often it has to be sent; resolves to its id. A name of one's own may be sent again later. */
  async saveMessage(sessionId, role, content, options) {
    const { clientMessageId, timestamp = clientMessageId === undefined ? Date.now() : undefined } = options ?? {};
    const { message_id: messageId } = await this.#change('save_session_message', {
      session_id: sessionId,
      role,
      content,
      timestamp: timestamp instanceof Date ? timestamp.getTime() : timestamp,
      client_message_id: clientMessageId ?? newName(),
    });
    return messageId;
  }

  async renameChat(sessionId, title) {
    await this.#change('update_chat_title', { session_id: sessionId, title });
  }

  /** Deletes the messages; the chat stays. Not repeated where it may have been done: others may have saved since. */
  async clearChat(sessionId) {
    await this.#change('clear_session_messages', { session_id: sessionId }, { repeatable: false });
  }

  /** Deletes the chat with its messages. Repeated only for ids that the server gives out, which never come again. */
  async deleteChat(sessionId) {
    const repeatable = String(sessionId).startsWith('chat_');
    await this.#change('delete_chat_session', { session_id: sessionId }, { repeatable, goneIsDone: true });
    if (this.currentSessionId === sessionId) this.currentSessionId = null;
  }

  /** One change after the other: no later one is overtaken by another attempt of an earlier one. */
  #change(action, fields, options) {
    const turn = this.#lastChange.then(() => this.#call(action, fields, options));
    this.#lastChange = turn.catch(() => undefined);
    return turn;
  }

  async #call(action, fields, { repeatable = true, goneIsDone = false } = {}) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#send(action, fields);
      } catch (error) {
        // Deleted by an attempt before this one, whose answer was lost; browsers, too, send again by themselves.
        if (goneIsDone && error.code === 'session_not_found') return { success: true };
        const unanswered = error.code === 'network_error' || error.code === 'timeout';
        const again = repeatable ? unanswered || worthAnotherTry.includes(error.status) : isUndone(error);
        if (!again || attempt >= this.#attempts) throw error;
        await pause(error.retryAfterMs ?? this.#retryDelayMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
      }
    }
  }

  async #bearer() {
    try {
      return typeof this.#token === 'function' ? await this.#token() : this.#token;
    } catch (error) {
      throw new MultiChatError(`There is no token: ${error?.message ?? error}`, 'no_token');
    }
  }

  async #send(action, fields) {
    const token = await this.#bearer();
    // Not FormData: its encoding turns every line feed of a text into two characters.
    const body = new URLSearchParams();
    const all = { action, cmid: this.#cmid, sesskey: token ? undefined : this.#sesskey, ...fields };
    for (const [name, value] of Object.entries(all)) if (value !== undefined) body.set(name, asText(name, value));
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), this.#timeoutMs);
    try {
      const headers = token ? { Authorization: `Bearer ${token}` } : {};
      const response = await fetch(this.#ajaxUrl, { method: 'POST', body, headers, signal: abort.signal });
      return await answerOf(response);
    } catch (error) {
      if (error instanceof MultiChatError) throw error;
      if (abort.signal.aborted) throw new MultiChatError(`No answer within ${this.#timeoutMs} ms`, 'timeout');
      throw new MultiChatError('The server cannot be reached', 'network_error');
    } finally {
      clearTimeout(timer);
    }
  }
}

async function answerOf(response) {
  const text = await response.text();
  const seconds = Number(response.headers.get('retry-after'));
  const retryAfterMs = seconds > 0 ? Math.min(seconds * 1000, longestPauseMs) : undefined;
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new MultiChatError('The answer is not JSON', 'unreadable_answer', response.status, retryAfterMs);
  }
  if (response.ok && answer?.success === true) return answer;
  const words = answer?.error ?? `HTTP ${response.status}`;
  throw new MultiChatError(words, answer?.code ?? 'unknown', response.status, retryAfterMs);
}

/** A form would make texts of everything. */
function asText(name, value) {
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw new MultiChatError(`${name} must be a text`, 'invalid_parameter');
}

/** Whether the server has said that it did nothing. */
function isUndone({ code, status }) {
  return nothingChanged.includes(code) || status === 429;
}

/** `crypto.randomUUID` is only there on pages that came by https or from this machine. */
function newName() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
