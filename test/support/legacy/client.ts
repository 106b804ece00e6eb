import type { Owner } from '../../../src/owners/owner.js';
import { expectStatus, type Answer } from '../rest/client.js';
import { noteRequest } from '../run/run-record.js';
import { send, targetOf } from '../http/send.js';
import { newOwner, type TestServer } from '../http/server.js';

/** How a body may be encoded: like `FormData`, like the plugin's pages, or as JSON. */
export const encodings = ['multipart', 'urlencoded', 'json'] as const;
export type Encoding = (typeof encodings)[number];

/** The paths of the endpoint: with the plugin's first name, and with its later one. */
export const firstAddress = '/mod/writeassistdev/ajax.php';
export const laterAddress = '/mod/researchflow/ajax.php';

export interface LegacySession {
  id: number;
  writeassistdevid?: number;
  researchflowid?: number;
  userid: number;
  session_id: string;
  title: string;
  is_active: number;
  created_at: number;
  modified_at: number;
  message_count: number;
}

export interface LegacyMessage {
  id: number;
  writeassistdevid?: number;
  researchflowid?: number;
  userid: number;
  chat_session_id: string;
  role: string;
  content: string;
  timestamp: number;
  created_at: number;
}

export interface LegacyHistoryItem {
  id: number;
  role: string;
  content: string;
  timestamp: number;
}

/** The fields of all answers; which ones are present depends on the action. */
export interface LegacyAnswer {
  success: boolean;
  error?: string;
  code?: string;
  session_id?: string;
  message_id?: number;
  sessions?: LegacySession[];
  messages?: LegacyMessage[];
  chatHistory?: LegacyHistoryItem[];
  has_more?: boolean;
  message?: string;
}

export interface LegacyOptions {
  /** By default urlencoded, like the plugin's pages. */
  encoding?: Encoding;
  path?: string;
  /** Send the token in `Authorization: Bearer` instead of `sesskey`. */
  bearer?: boolean;
  headers?: Record<string, string>;
}

/** A client of the legacy endpoint for one owner, over real HTTP. */
export class LegacyClient {
  constructor(
    readonly url: string,
    readonly token: string,
    readonly owner: Owner,
  ) {}

  /** By default for a new owner. */
  static async of(server: TestServer, owner: Owner = newOwner()): Promise<LegacyClient> {
    return new LegacyClient(server.url, await server.token(owner), owner);
  }

  /** Omits fields that are undefined, also `cmid` and `sesskey`. In a form, a list becomes a repeated field. */
  call(
    action: string,
    fields: Record<string, unknown> = {},
    { encoding = 'urlencoded', path = firstAddress, bearer = false, headers = {} }: LegacyOptions = {},
  ): Promise<Answer<LegacyAnswer>> {
    const all = { action, cmid: '1', ...(!bearer && { sesskey: this.token }), ...fields };
    return this.send(bodyOf(all, encoding), {
      path,
      headers: {
        ...(bearer && { authorization: `Bearer ${this.token}` }),
        ...(encoding === 'json' && { 'content-type': 'application/json' }),
        ...headers,
      },
    });
  }

  /** Sends a body unchanged, with only these headers. */
  async send(
    body: string | Uint8Array | FormData | URLSearchParams,
    { path = firstAddress, headers = {} }: { path?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer<LegacyAnswer>> {
    noteRequest(headers, body);
    const encoded = await encode(body);
    const answer = await send(this.url, targetOf(this.url, path), {
      method: 'POST',
      headers: { ...(encoded.type !== undefined && { 'content-type': encoded.type }), ...headers },
      body: encoded.bytes,
    });
    return { ...answer, body: JSON.parse(answer.text) as LegacyAnswer };
  }

  /** Creates a session and returns its id. */
  async newSession(title?: string): Promise<string> {
    const { session_id: id } = expectStatus(await this.call('create_chat_session', { title }), 200);
    if (id === undefined) throw new Error('there is no session_id');
    return id;
  }

  /** Saves a message with `append_message` and returns its id. */
  async append(fields: Record<string, unknown>): Promise<number> {
    return messageId(await this.call('append_message', { role: 'user', content: 'x', ...fields }));
  }

  async sessions(fields: Record<string, unknown> = {}): Promise<LegacySession[]> {
    return expectStatus(await this.call('get_chat_sessions', fields), 200).sessions ?? [];
  }

  async messages(sessionId: string, fields: Record<string, unknown> = {}): Promise<LegacyMessage[]> {
    return (
      expectStatus(await this.call('get_session_messages', { session_id: sessionId, ...fields }), 200).messages ?? []
    );
  }

  async history(fields: Record<string, unknown> = {}): Promise<LegacyHistoryItem[]> {
    return expectStatus(await this.call('load_chat_history_only', fields), 200).chatHistory ?? [];
  }
}

/** The id in the answer to a save. */
export function messageId(answer: Answer<LegacyAnswer>): number {
  const { message_id: id } = expectStatus(answer, 200);
  if (id === undefined) throw new Error('there is no message_id');
  return id;
}

/** Checks every part of an error answer and returns its message. */
export function failure(answer: Answer<LegacyAnswer>, status: number, code: string): string {
  const { error = '' } = answer.body;
  expect([answer.status, answer.body]).toEqual([status, { success: false, error, code }]);
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(error).not.toBe('');
  return error;
}

/** The bytes of a body, and the type that a browser adds to a form. */
async function encode(body: string | Uint8Array | FormData | URLSearchParams) {
  if (typeof body === 'string' || body instanceof Uint8Array) return { bytes: body };
  const form = new Response(body);
  return { type: form.headers.get('content-type') ?? undefined, bytes: new Uint8Array(await form.arrayBuffer()) };
}

function bodyOf(fields: Record<string, unknown>, encoding: Encoding): string | FormData | URLSearchParams {
  if (encoding === 'json') return JSON.stringify(fields);
  const form = encoding === 'multipart' ? new FormData() : new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of [value].flat()) {
      if (one !== undefined) form.append(name, typeof one === 'string' ? one : JSON.stringify(one));
    }
  }
  return form;
}
