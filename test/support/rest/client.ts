import type { BranchedMessageDto } from '../../../src/messages/branched-message.dto.js';
import type { StreamedMessageDto } from '../../../src/messages/change-message.dto.js';
import type { BatchResultsDto } from '../../../src/messages/message-batch.dto.js';
import type { SavedMessageDto as MessageDto } from '../../../src/messages/message.dto.js';
import type { MessagePageDto } from '../../../src/messages/message-page.dto.js';
import type { ProblemDto } from '../../../src/http/problem.dto.js';
import type { SearchPageDto } from '../../../src/search/search.dto.js';
import type { SessionDto, SessionPageDto } from '../../../src/sessions/session.dto.js';
import type { Owner } from '../../../src/owners/owner.js';
import { send, targetOf } from '../http/send.js';
import { noteRequest, noteSecret } from '../run/run-record.js';

export interface Answer<Body> {
  status: number;
  headers: Headers;
  text: string;
  body: Body;
}

/** A REST client for one owner, over real HTTP. */
export class Client {
  constructor(
    readonly url: string,
    readonly token: string,
    readonly owner: Owner,
  ) {}

  /** `body` is sent as JSON; `raw` unchanged. */
  call<Body = ProblemDto>(
    method: string,
    path: string,
    body?: unknown,
    { headers = {}, raw }: { headers?: Record<string, string>; raw?: string | Uint8Array } = {},
  ): Promise<Answer<Body>> {
    noteSecret('token', this.token);
    noteRequest(headers, raw ?? body);
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    return send<Body>(this.url, targetOf(this.url, path), {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(sent !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(sent !== undefined && { body: sent }),
    });
  }

  createSession(body: object = {}): Promise<Answer<SessionDto>> {
    return this.call('POST', '/api/v1/sessions', body);
  }

  /** Creates a session and returns its id. */
  async newSession(body: object = {}): Promise<string> {
    return expectStatus(await this.createSession(body), 201).id;
  }

  sessions(query = ''): Promise<Answer<SessionPageDto>> {
    return this.call('GET', `/api/v1/sessions${query}`);
  }

  session(id: string): Promise<Answer<SessionDto>> {
    return this.call('GET', `/api/v1/sessions/${id}`);
  }

  active(): Promise<Answer<SessionDto & ProblemDto>> {
    return this.call('GET', '/api/v1/sessions/active');
  }

  rename(id: string, title: string): Promise<Answer<SessionDto>> {
    return this.call('PATCH', `/api/v1/sessions/${id}`, { title });
  }

  /** @param ifMatch the header `If-Match` */
  changeSession(id: string, change: object, ifMatch?: string): Promise<Answer<SessionDto>> {
    const headers: Record<string, string> = ifMatch === undefined ? {} : { 'if-match': ifMatch };
    return this.call('PATCH', `/api/v1/sessions/${id}`, change, { headers });
  }

  activate(id: string): Promise<Answer<SessionDto>> {
    return this.call('POST', `/api/v1/sessions/${id}/activate`);
  }

  deleteSession(id: string, query = ''): Promise<Answer<ProblemDto>> {
    return this.call('DELETE', `/api/v1/sessions/${id}${query}`);
  }

  restoreSession(id: string): Promise<Answer<SessionDto>> {
    return this.call('POST', `/api/v1/sessions/${id}/restore`);
  }

  save(sessionId: string, message: object): Promise<Answer<MessageDto>> {
    return this.call('POST', `/api/v1/sessions/${sessionId}/messages`, { role: 'user', ...message });
  }

  saveToActive(message: object): Promise<Answer<MessageDto>> {
    return this.call('POST', '/api/v1/messages', { role: 'user', ...message });
  }

  messages(sessionId: string, query = ''): Promise<Answer<MessagePageDto>> {
    return this.call('GET', `/api/v1/sessions/${sessionId}/messages${query}`);
  }

  message(sessionId: string, messageId: string): Promise<Answer<MessageDto>> {
    return this.call('GET', `/api/v1/sessions/${sessionId}/messages/${messageId}`);
  }

  saveBatch(sessionId: string, messages: unknown): Promise<Answer<BatchResultsDto>> {
    return this.call('POST', `/api/v1/sessions/${sessionId}/messages/batch`, { messages });
  }

  /** Saves another version of a message. */
  revise(sessionId: string, messageId: string, revision: object): Promise<Answer<BranchedMessageDto>> {
    return this.call('PUT', `/api/v1/sessions/${sessionId}/messages/${messageId}`, revision);
  }

  /** @param query with its question mark */
  deleteMessage(sessionId: string, messageId: string, query = ''): Promise<Answer<ProblemDto>> {
    return this.call('DELETE', `/api/v1/sessions/${sessionId}/messages/${messageId}${query}`);
  }

  restoreMessage(sessionId: string, messageId: string): Promise<Answer<MessageDto>> {
    return this.call('POST', `/api/v1/sessions/${sessionId}/messages/${messageId}/restore`);
  }

  /** Changes a message that is written in chunks. */
  change(sessionId: string, messageId: string, change: object): Promise<Answer<StreamedMessageDto>> {
    return this.call('PATCH', `/api/v1/sessions/${sessionId}/messages/${messageId}`, change);
  }

  /** @param query more parameters, each with an ampersand before it */
  search(q: string, query = ''): Promise<Answer<SearchPageDto>> {
    return this.call('GET', `/api/v1/search?q=${encodeURIComponent(q)}${query}`);
  }

  clear(sessionId: string, query = ''): Promise<Answer<ProblemDto>> {
    return this.call('DELETE', `/api/v1/sessions/${sessionId}/messages${query}`);
  }

  restoreMessages(sessionId: string): Promise<Answer<SessionDto>> {
    return this.call('POST', `/api/v1/sessions/${sessionId}/messages/restore`);
  }
}

/** Returns the body of an answer. @throws if its status differs */
export function expectStatus<Body>(answer: Answer<Body>, status: number): Body {
  if (answer.status !== status) throw new Error(`${answer.status} instead of ${status}: ${answer.text}`);
  return answer.body;
}
