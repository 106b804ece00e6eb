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

/** What went wrong: `code` is the server's, or `network_error`, `timeout` or `unreadable_answer`; `status` is 0 where there was no answer. */
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

  /** What is left out is what the plugin's page says: `ajaxUrl`, `cmId` and `sesskey` of `window`. */
  constructor({ ajaxUrl, cmid, sesskey, token, attempts = 4, retryDelayMs = 300, timeoutMs = 15_000 } = {}) {
    this.#ajaxUrl = ajaxUrl ?? globalThis.ajaxUrl ?? '/mod/writeassistdev/ajax.php';
    this.#cmid = cmid ?? globalThis.cmId ?? globalThis.cmid;
    this.#sesskey = sesskey ?? globalThis.sesskey;
    this.#token = token;
    this.#attempts = attempts;
    this.#retryDelayMs = retryDelayMs;
    this.#timeoutMs = timeoutMs;
    /** The chat that was made or switched to last; null before. */
    this.currentSessionId = null;
  }

  /** Called with the messages of the chat that was made or switched to. Override it, or assign to it. */
  displayMessages(_messages) {}

  /** Makes a chat, which is then the active one, and shows it. Not repeated where it may have been made. */
  async createNewChat(title = 'New Chat') {
    const { session_id: sessionId } = await this.#call('create_chat_session', { title }, { repeatable: false });
    this.currentSessionId = sessionId;
    await this.displayMessages([]);
    return sessionId;
  }

  /** Makes the chat the active one, and shows its messages. */
  async switchToChat(sessionId) {
    await this.#call('switch_chat_session', { session_id: sessionId });
    this.currentSessionId = sessionId;
    const messages = await this.loadSessionMessages(sessionId);
    // Another one may have been chosen meanwhile.
    if (this.currentSessionId === sessionId) await this.displayMessages(messages);
    return messages;
  }

  /** The messages in their order: the newest 1,000, or those next to one that is held. */
  async loadSessionMessages(sessionId, range = {}) {
    return (await this.loadSessionPage(sessionId, range)).messages;
  }

  /** The same, and whether there are more. `before` and `after` are the `id` of a message. */
  async loadSessionPage(sessionId, { limit, before, after } = {}) {
    const answer = await this.#call('get_session_messages', { session_id: sessionId, limit, before, after });
    return { messages: answer.messages, hasMore: answer.has_more === true };
  }

  /** The chats, later made first. */
  async listChats({ limit, before, after } = {}) {
    return (await this.#call('get_chat_sessions', { limit, before, after })).sessions;
  }

  /** Saves a message, once, however often it has to be sent; resolves to its id. */
  async saveMessage(sessionId, role, content, { timestamp = Date.now(), clientMessageId = newName() } = {}) {
    const { message_id: messageId } = await this.#call('save_session_message', {
      session_id: sessionId,
      role,
      content,
      timestamp: timestamp instanceof Date ? timestamp.getTime() : timestamp,
      client_message_id: clientMessageId,
    });
    return messageId;
  }

  async renameChat(sessionId, title) {
    await this.#call('update_chat_title', { session_id: sessionId, title });
  }

  /** Deletes the messages; the chat stays. */
  async clearChat(sessionId) {
    await this.#call('clear_session_messages', { session_id: sessionId });
  }

  /** Deletes the chat with its messages. */
  async deleteChat(sessionId) {
    await this.#call('delete_chat_session', { session_id: sessionId }, { goneIsDone: true });
    if (this.currentSessionId === sessionId) this.currentSessionId = null;
  }

  async #call(action, fields, { repeatable = true, goneIsDone = false } = {}) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#send(action, fields);
      } catch (error) {
        // An attempt before this one has deleted it, and its answer was lost.
        if (goneIsDone && attempt > 1 && error.code === 'session_not_found') return { success: true };
        const unanswered = error.status === 0 && error.code !== 'unreadable_answer';
        const again = repeatable ? unanswered || worthAnotherTry.includes(error.status) : isUndone(error);
        if (!again || attempt >= this.#attempts) throw error;
        await pause(error.retryAfterMs ?? this.#retryDelayMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
      }
    }
  }

  async #send(action, fields) {
    const token = typeof this.#token === 'function' ? await this.#token() : this.#token;
    // Not FormData: its encoding turns every line feed of a text into two characters.
    const body = new URLSearchParams();
    const all = { action, cmid: this.#cmid, sesskey: token ? undefined : this.#sesskey, ...fields };
    for (const [name, value] of Object.entries(all)) if (value !== undefined) body.set(name, value);
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
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new MultiChatError('The answer is not JSON', 'unreadable_answer', response.status);
  }
  if (response.ok && answer?.success === true) return answer;
  const seconds = Number(response.headers.get('retry-after'));
  throw new MultiChatError(
    answer?.error ?? `HTTP ${response.status}`,
    answer?.code ?? 'unknown',
    response.status,
    seconds > 0 ? Math.min(seconds * 1000, longestPauseMs) : undefined,
  );
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
