/**
 * REST calls of `multi-chat-manager.js`, which loads this file when one of its methods needs it. Copies of that file need
 * this one next to them.
 */

/** A token that is exchanged for a login is renewed when so much of its lifetime is left. */
const renewalShare = 0.2;
/** What Moodle's own `sesskey` looks like; a token has dots. */
const moodleSesskey = /^[A-Za-z0-9]{1,64}$/;
/** A message takes 20 chunks a second. */
const [minChunkMs, maxChunkMs] = [100, 250];
const fatalStatuses = [400, 401, 403, 404, 409, 413, 422];

/**
 * Sends single requests. `request` fetches and resolves to `{ response, text, retryAfterMs }`; `fail` makes an error of
 * message, code, status and retryAfterMs; `bearer` resolves to the token of the options, or to nothing.
 */
export class ChatApi {
  #options;
  #apiUrl;
  /** A promise of the token, and when a new one is wanted. */
  #login;
  #renewAt = Infinity;

  constructor(options) {
    this.#options = options;
    this.#apiUrl = options.apiUrl ?? apiUrlOf(options.ajaxUrl);
  }

  async list(path, parameters) {
    const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
    const { data, nextCursor } = await this.#call('GET', `${path}?${new URLSearchParams(given)}`);
    return { items: data, next: nextCursor };
  }

  change(sessionId, change) {
    return this.#call('PATCH', pathOf(sessionId), change);
  }

  restore(sessionId) {
    return this.#call('POST', `${pathOf(sessionId)}/restore`);
  }

  restoreMessages(sessionId) {
    return this.#call('POST', `${pathOf(sessionId)}/messages/restore`);
  }

  purge(sessionId) {
    return this.#call('DELETE', `${pathOf(sessionId)}?permanently=true`);
  }

  begin(sessionId, { role = 'assistant', content = '', clientMessageId }) {
    const message = { role, content, clientMessageId, status: 'in_progress' };
    return this.#call('POST', `${pathOf(sessionId)}/messages`, message);
  }

  /** @param attempt runs a request as often as it is needed, and resolves to its answer */
  replyOf(message, attempt, chunkMs = 150) {
    const path = `${pathOf(message.sessionId)}/messages/${message.id}`;
    const send = (change) => attempt(() => this.#call('PATCH', path, change));
    return new Reply(send, message, Math.min(maxChunkMs, Math.max(minChunkMs, chunkMs)));
  }

  /** Renews the token once, when the server does not accept it any more. */
  async #call(method, path, body) {
    const token = await this.#token();
    const login = this.#login;
    try {
      return await this.#send(method, path, body, token);
    } catch (error) {
      if (error.status !== 401) throw error;
      // Several requests that fail with one token wait for one new token.
      if (this.#login === login) this.#login = undefined;
      return this.#send(method, path, body, await this.#token());
    }
  }

  async #token() {
    const { bearer, sesskey } = this.#options;
    const given = (await bearer()) ?? (moodleSesskey.test(sesskey ?? '') ? undefined : sesskey);
    if (given !== undefined) return given;
    if (Date.now() >= this.#renewAt) this.#login = undefined;
    this.#login ??= this.#exchange();
    try {
      return await this.#login;
    } catch (error) {
      this.#login = undefined;
      throw error;
    }
  }

  /** Exchanges Moodle's login, of which the browser sends the cookie, for a token. */
  async #exchange() {
    this.#renewAt = Infinity;
    const { cmid, sesskey } = this.#options;
    const { token, expiresIn } = await this.#send('POST', '/token', { cmid: Number(cmid), sesskey });
    this.#renewAt = Date.now() + expiresIn * 1000 * (1 - renewalShare);
    return token;
  }

  async #send(method, path, body, token) {
    const { request, fail } = this.#options;
    const headers = {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    };
    const init = { method, headers, body: body === undefined ? undefined : JSON.stringify(body) };
    const { response, text, retryAfterMs } = await request(`${this.#apiUrl}${path}`, init);
    if (response.status === 204) return undefined;
    let answer;
    try {
      answer = JSON.parse(text);
    } catch {
      throw fail('The answer is not JSON', 'unreadable_answer', response.status, retryAfterMs);
    }
    if (response.ok) return answer;
    const message = answer.detail ?? answer.title ?? `HTTP ${response.status}`;
    const error = fail(message, answer.code ?? 'unknown', response.status, retryAfterMs);
    // Where the text of a reply ends, when a chunk is not the next one.
    throw Object.assign(error, { contentBytes: answer.contentBytes });
  }
}

/**
 * A reply that is stored while it arrives. What is appended is collected, and sent as one chunk after another, so that
 * the order stays and each byte is stored once: the server says in bytes of UTF-8 how much it has.
 */
class Reply {
  #send;
  #lease;
  /** Bytes that the server has, and the text after them. */
  #offset;
  #pending = '';
  #chunkMs;
  #timer;
  #sending = Promise.resolve();
  #failure;
  #isEnded = false;

  /** @param send resolves to the answer to a change of this message */
  constructor(send, { id, lease, contentBytes }, chunkMs) {
    this.#send = send;
    this.#lease = lease;
    this.#offset = contentBytes;
    this.#chunkMs = chunkMs;
    /** The id of the message. */
    this.id = id;
  }

  /** Takes a piece of the text, which is sent soon. Throws when the server has refused an earlier one for good. */
  append(text) {
    if (this.#failure) throw this.#failure;
    if (this.#isEnded) throw new TypeError('the reply has ended');
    this.#pending += text;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#sending = this.#sending.then(() => this.#flush());
    }, this.#chunkMs);
  }

  /** Stores what is left, and ends the reply: `complete`, `incomplete` or `error`. May be repeated when it fails. */
  async end(status = 'complete', { metadata, format, payload } = {}) {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#sending;
    if (this.#failure) throw this.#failure;
    await this.#write({ status, metadata, format, payload });
  }

  /** A chunk that could not be sent is sent with the next one. */
  async #flush() {
    if (this.#failure || this.#pending === '') return;
    try {
      await this.#write({});
    } catch (error) {
      if (fatalStatuses.includes(error.status)) this.#failure = error;
    }
  }

  async #write(end) {
    for (;;) {
      // What is appended meanwhile belongs to the next chunk; half of a surrogate pair, too.
      const chunk = wellFormed(end.status ? this.#pending : wholeCharacters(this.#pending));
      if (chunk === '' && !end.status) return;
      const change = { lease: this.#lease, offset: this.#offset, append: chunk, ...end };
      try {
        const { contentBytes } = await this.#send(change);
        this.#advance(chunk, contentBytes);
        return;
      } catch (error) {
        // An attempt whose answer was lost, with a shorter chunk, has stored the beginning of this one.
        const isBehind = error.code === 'append_conflict' && error.contentBytes > this.#offset;
        if (!isBehind || error.contentBytes > this.#offset + bytesOf(chunk).length) throw error;
        this.#advance(chunk, error.contentBytes);
      }
    }
  }

  /** The server has the beginning of the chunk, or all of it. */
  #advance(chunk, contentBytes) {
    const stored = bytesOf(chunk).subarray(0, contentBytes - this.#offset);
    this.#pending = this.#pending.slice(new TextDecoder('utf-8', { ignoreBOM: true }).decode(stored).length);
    this.#offset = contentBytes;
  }
}

function bytesOf(text) {
  return new TextEncoder().encode(text);
}

/** The text with U+FFFD for each half of a surrogate pair, which UTF-8 does not have; as long as before. */
function wellFormed(text) {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytesOf(text));
}

function wholeCharacters(text) {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
}

function pathOf(sessionId) {
  return `/sessions/${encodeURIComponent(sessionId)}`;
}

/** The REST API of the server of this endpoint: next to the plugin's folder, or at the root of the site. */
function apiUrlOf(ajaxUrl) {
  const { origin, pathname } = new URL(ajaxUrl, globalThis.document?.baseURI);
  const [, path = '/'] = /^(.*\/)mod\/[a-z]+\/ajax\.php$/.exec(pathname) ?? [];
  return `${origin}${path}api/v1`;
}
