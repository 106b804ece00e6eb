import type { LegacyAnswer, LegacyMessage } from '../../support/legacy/client.js';
import type { ChatApi, ListedSession, ReadMessage, Reply, SentMessage } from './chat-api.js';
import type { FaultyHttp } from './http.js';

/** The session of `append_message` without `session_id`. */
const defaultSession = 'default';

/** The plugin's endpoint, for the owner of the token. */
export class LegacyApi implements ChatApi {
  #saves = 0;

  constructor(
    private readonly http: FaultyHttp,
    private readonly token: string,
  ) {}

  async createSession(title: string): Promise<Reply<{ session: string }>> {
    const { outcome, result } = await this.call('create_chat_session', { title });
    return { outcome, ...(result?.session_id !== undefined && { result: { session: result.session_id } }) };
  }

  /** In turn with both actions that save. */
  async save(session: string | undefined, message: SentMessage): Promise<Reply<{ session: string }>> {
    const { role, content, timestamp, clientMessageId } = message;
    const isAppend = session === undefined || this.#saves++ % 2 === 0;
    const { outcome, result } = await this.call(isAppend ? 'append_message' : 'save_session_message', {
      ...(session !== undefined && { session_id: session }),
      ...{ role, content },
      ...(timestamp !== undefined && { timestamp: String(timestamp) }),
      ...(clientMessageId !== undefined && { client_message_id: clientMessageId }),
    });
    return { outcome, ...(result && { result: { session: session ?? defaultSession } }) };
  }

  async read(session: string, pageSize: number): Promise<Reply<ReadMessage[]>> {
    const messages: LegacyMessage[] = [];
    for (let before: object = {}; ;) {
      const fields = { session_id: session, limit: String(pageSize), ...before };
      const { outcome, result } = await this.call('get_session_messages', fields);
      if (!result) return { outcome };
      const page = result.messages ?? [];
      messages.unshift(...page);
      const [oldest] = page;
      if (!result.has_more || !oldest) break;
      before = { before: String(oldest.id) };
    }
    return {
      outcome: 'ok',
      result: messages.map(({ content, timestamp }) => ({ content, position: timestamp })),
    };
  }

  async sessions(): Promise<Reply<ListedSession[]>> {
    const { outcome, result } = await this.call('get_chat_sessions', {});
    const listed = result?.sessions?.map((row) => ({ id: row.session_id, isActive: row.is_active === 1 }));
    return { outcome, ...(listed && { result: listed }) };
  }

  rename(session: string, title: string): Promise<Reply<unknown>> {
    return this.call('update_chat_title', { session_id: session, title });
  }

  activate(session: string): Promise<Reply<unknown>> {
    return this.call('switch_chat_session', { session_id: session });
  }

  clear(session: string): Promise<Reply<unknown>> {
    return this.call('clear_session_messages', { session_id: session });
  }

  delete(session: string): Promise<Reply<unknown>> {
    return this.call('delete_chat_session', { session_id: session });
  }

  private call(action: string, fields: Record<string, string>): Promise<Reply<LegacyAnswer>> {
    return this.http.send({
      method: 'POST',
      path: '/mod/writeassistdev/ajax.php',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ action, cmid: '1', sesskey: this.token, ...fields }).toString(),
    });
  }
}
