import type { MessageDto, SavedMessageDto } from '../../../src/messages/message.dto.js';
import type { MessagePageDto } from '../../../src/messages/message-page.dto.js';
import type { SessionDto, SessionPageDto } from '../../../src/sessions/session.dto.js';
import type { ChatApi, ListedSession, ReadMessage, Reply, SentMessage } from './chat-api.js';
import type { FaultyHttp } from './http.js';

/** In how many a message is written. */
const chunks = 3;

/** The REST API, for the owner of the token. */
export class RestApi implements ChatApi {
  #reads = 0;

  constructor(
    private readonly http: FaultyHttp,
    private readonly token: string,
  ) {}

  async createSession(title: string): Promise<Reply<{ session: string }>> {
    return withSession(await this.call<SessionDto>('POST', '/sessions', { title }), ({ id }) => id);
  }

  /** In turn with a payload, whose text is the content, and without one. */
  async save(session: string | undefined, sent: SentMessage): Promise<Reply<{ session: string }>> {
    const { timestamp, isStreamed = false, content, ...message } = sent;
    const path = session === undefined ? '/messages' : `/sessions/${session}/messages`;
    const stamp = timestamp !== undefined && { timestamp: new Date(timestamp).toISOString() };
    if (isStreamed) return this.saveInChunks(path, { ...message, ...stamp }, content);
    const payload = { format: 'openai', payload: [{ type: 'text', text: content }] };
    const body = { ...message, ...stamp, ...(content.length % 2 === 0 ? payload : { content }) };
    return withSession(await this.call<MessageDto>('POST', path, body), ({ sessionId }) => sessionId);
  }

  /** Goes on where an earlier attempt has stopped. Unknown, when the message may be there in part. */
  private async saveInChunks(path: string, message: object, content: string): Promise<Reply<{ session: string }>> {
    // The key is at the beginning.
    const begin = { ...message, content: content.slice(0, content.indexOf(' ') + 1), status: 'in_progress' };
    const { outcome, result } = await this.call<SavedMessageDto>('POST', path, begin);
    if (!result) return { outcome };
    const { sessionId: session, id, lease } = result;
    let offset = result.contentBytes ?? Infinity;
    if (result.status === 'complete') return { outcome, result: { session } };
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
    return ended.outcome === 'ok' ? { outcome: 'ok', result: { session } } : { outcome: 'unknown' };
  }

  private change(session: string, id: string, change: object): Promise<Reply<unknown>> {
    return this.call('PATCH', `/sessions/${session}/messages/${id}`, change);
  }

  /** In turn in the order of timestamps, in the reverse order, and in the order of saving. */
  async read(session: string, pageSize: number): Promise<Reply<ReadMessage[]>> {
    const order = ['order=asc', 'order=desc', 'afterSequence=0'][this.#reads++ % 3] ?? '';
    const messages: MessageDto[] = [];
    for (let query = order; ;) {
      const path = `/sessions/${session}/messages?limit=${pageSize}&${query}`;
      const { outcome, result } = await this.call<MessagePageDto>('GET', path);
      if (!result) return { outcome };
      messages.push(...result.data);
      if (result.nextCursor === null) break;
      query = `${order === 'order=desc' ? `${order}&` : ''}after=${result.nextCursor}`;
    }
    const ascending = order === 'order=desc' ? messages.reverse() : messages;
    const bySequence = order === 'afterSequence=0';
    return {
      outcome: 'ok',
      result: ascending.map(({ content, sequence, timestamp }) => ({
        content,
        position: bySequence ? sequence : Date.parse(timestamp),
      })),
    };
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

function withSession<Body>({ outcome, result }: Reply<Body>, sessionOf: (body: Body) => string) {
  return { outcome, ...(result && { result: { session: sessionOf(result) } }) };
}
