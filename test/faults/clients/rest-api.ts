import type { MessageDto, SavedMessageDto } from '../../../src/messages/message.dto.js';
import type { MessagePageDto } from '../../../src/messages/message-page.dto.js';
import type { SessionDto, SessionPageDto } from '../../../src/sessions/session.dto.js';
import type { BranchApi, ChatApi, ListedSession, ReadMessage, Reply, SavedMessage, SentMessage } from './chat-api.js';
import type { FaultyHttp } from './http.js';

/** In how many a message is written. */
const chunks = 3;

/** A message as the REST API takes it. */
interface RestMessage extends SentMessage {
  parentId?: string;
}

/** The REST API, for the owner of the token. */
export class RestApi implements ChatApi {
  readonly branches: BranchApi = {
    edit: async (session, id, content) => {
      const path = `/sessions/${session}/messages/${id}`;
      return savedOf(await this.call<MessageDto>('PUT', path, bodyOf(content)));
    },
    answer: (session, parentId, message) => this.send(session, { ...message, parentId }),
    switchTo: (session, headId) => this.call('PATCH', `/sessions/${session}`, { headId }),
    readTree: async (session, pageSize) => {
      const { outcome, result } = await this.pages(session, pageSize, 'tree=true', 'tree=true&');
      return { outcome, ...(result && { result: result.map((message) => readOf(message, true)) }) };
    },
  };
  #reads = 0;

  constructor(
    private readonly http: FaultyHttp,
    private readonly token: string,
  ) {}

  async createSession(title: string): Promise<Reply<{ session: string }>> {
    const { outcome, result } = await this.call<SessionDto>('POST', '/sessions', { title });
    return { outcome, ...(result && { result: { session: result.id } }) };
  }

  save(session: string | undefined, message: SentMessage): Promise<Reply<SavedMessage>> {
    return this.send(session, message);
  }

  private async send(session: string | undefined, sent: RestMessage): Promise<Reply<SavedMessage>> {
    const { timestamp, isStreamed = false, content, ...message } = sent;
    const path = session === undefined ? '/messages' : `/sessions/${session}/messages`;
    const stamp = timestamp !== undefined && { timestamp: new Date(timestamp).toISOString() };
    if (isStreamed) return this.saveInChunks(path, { ...message, ...stamp }, content);
    return savedOf(await this.call<MessageDto>('POST', path, { ...message, ...stamp, ...bodyOf(content) }));
  }

  /** Goes on where an earlier attempt has stopped. Unknown, when the message may be there in part. */
  private async saveInChunks(path: string, message: object, content: string): Promise<Reply<SavedMessage>> {
    // The key is at the beginning.
    const begin = { ...message, content: content.slice(0, content.indexOf(' ') + 1), status: 'in_progress' };
    const { outcome, result } = await this.call<SavedMessageDto>('POST', path, begin);
    if (!result) return { outcome };
    const { sessionId: session, id, lease } = result;
    let offset = result.contentBytes ?? Infinity;
    if (result.status === 'complete') return { outcome, result: { session, id } };
    const rest = Array.from(Buffer.from(content).subarray(offset).toString());
    for (let sent = 0; sent < rest.length;) {
      const append = rest.slice(sent, sent + Math.ceil(rest.length / chunks)).join('');
      sent += Math.ceil(rest.length / chunks);
      const change = { lease, offset, append };
      const reply = await this.change(session, id, change);
      if (reply.outcome !== 'ok') return { outcome: 'unknown' };
      offset += Buffer.byteLength(append);
    }
    const ended = await this.change(session, id, { lease, status: 'complete' });
    return ended.outcome === 'ok' ? { outcome: 'ok', result: { session, id } } : { outcome: 'unknown' };
  }

  private change(session: string, id: string, change: object): Promise<Reply<unknown>> {
    return this.call('PATCH', `/sessions/${session}/messages/${id}`, change);
  }

  /** In turn in the order of timestamps, in the reverse order, and in the order of saving. */
  async read(session: string, pageSize: number): Promise<Reply<ReadMessage[]>> {
    const order = ['order=asc', 'order=desc', 'afterSequence=0'][this.#reads++ % 3] ?? '';
    const isDescending = order === 'order=desc';
    const { outcome, result } = await this.pages(session, pageSize, order, isDescending ? `${order}&` : '');
    if (!result) return { outcome };
    const ascending = isDescending ? result.reverse() : result;
    return { outcome, result: ascending.map((message) => readOf(message, order === 'afterSequence=0')) };
  }

  /** @param next what the queries of all pages but the first begin with */
  private async pages(session: string, size: number, first: string, next: string): Promise<Reply<MessageDto[]>> {
    const messages: MessageDto[] = [];
    for (let query = first; ;) {
      const path = `/sessions/${session}/messages?limit=${size}&${query}`;
      const { outcome, result } = await this.call<MessagePageDto>('GET', path);
      if (!result) return { outcome };
      messages.push(...result.data);
      if (result.nextCursor === null) return { outcome: 'ok', result: messages };
      query = `${next}after=${result.nextCursor}`;
    }
  }

  async sessions(): Promise<Reply<ListedSession[]>> {
    const { outcome, result } = await this.call<SessionPageDto>('GET', '/sessions?limit=100');
    return { outcome, ...(result && { result: result.data }) };
  }

  rename(session: string, title: string): Promise<Reply<unknown>> {
    return this.call('PATCH', `/sessions/${session}`, { title });
  }

  activate(session: string): Promise<Reply<unknown>> {
    return this.call('POST', `/sessions/${session}/activate`);
  }

  clear(session: string): Promise<Reply<unknown>> {
    return this.call('DELETE', `/sessions/${session}/messages`);
  }

  delete(session: string): Promise<Reply<unknown>> {
    return this.call('DELETE', `/sessions/${session}`);
  }

  restore(session: string): Promise<Reply<unknown>> {
    return this.call('POST', `/sessions/${session}/restore`);
  }

  restoreMessages(session: string): Promise<Reply<unknown>> {
    return this.call('POST', `/sessions/${session}/messages/restore`);
  }

  private call<Body>(method: string, path: string, body?: object): Promise<Reply<Body>> {
    return this.http.send({
      method,
      path: `/api/v1${path}`,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  }
}

/** With a payload, whose text is the content, or without one. */
function bodyOf(content: string): object {
  return content.length % 2 === 0 ? { format: 'openai', payload: [{ type: 'text', text: content }] } : { content };
}

function savedOf({ outcome, result }: Reply<MessageDto>): Reply<SavedMessage> {
  return { outcome, ...(result && { result: { session: result.sessionId, id: result.id } }) };
}

function readOf({ id, content, sequence, timestamp }: MessageDto, isBySequence: boolean): ReadMessage {
  return { id, content, position: isBySequence ? sequence : Date.parse(timestamp) };
}
