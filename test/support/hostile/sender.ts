import type { MessageDto } from '../../../src/messages/message.dto.js';
import { withTimeout } from '../../../src/common/with-timeout.js';
import { sqlOf } from '../database/access.js';
import { send } from '../http/send.js';
import type { TestServer } from '../http/server.js';
import type { LegacyAnswer } from '../legacy/client.js';
import { expectStatus, type Answer, type Client } from '../rest/client.js';
import { placeholders, type HostileRequest } from './request.js';

/** A request without an answer after this time hangs, in ms. */
const timeoutMs = 10_000;
/** A new owner after so many requests: lists of sessions that grow without end would make each request slower. */
const requestsOfOwner = 500;

/** Sends generated requests as an owner who has a session with a message. */
export class HostileSender {
  #client: Client | undefined;
  #session = '';
  #message = '';
  #sent = 0;

  constructor(private readonly server: TestServer) {}

  /** @throws Error when there is no answer in time */
  async send({ method, target, headers, body }: HostileRequest): Promise<Answer<unknown>> {
    if (this.#sent++ % requestsOfOwner === 0) [this.#client, this.#session] = [undefined, ''];
    const client = (this.#client ??= await this.server.client());
    if (this.#session === '') await this.prepare(client);
    const fill = (text: string) =>
      text
        .replaceAll(placeholders.session, this.#session)
        .replaceAll(placeholders.message, this.#message)
        .replaceAll(placeholders.token, client.token);
    const sent = {
      method,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)])),
      // Latin 1 keeps every byte.
      ...(body && { body: Buffer.from(fill(body.toString('latin1')), 'latin1') }),
    };
    const answer = await withTimeout(timeoutMs, send(this.server.url, fill(target), sent), (): never => {
      throw new Error(`no answer within ${timeoutMs} ms`);
    });
    // They may be gone.
    if (answer.status < 300 && (method === 'DELETE' || /clear_|delete_/.test(body?.toString() ?? '')))
      this.#session = '';
    return answer;
  }

  /** The contents of the message that an answer to a save has: in the answer, if it is there, and in the database. */
  async contentsOf({ status, body }: Answer<unknown>): Promise<string[]> {
    if ((status !== 200 && status !== 201) || body === undefined) return [];
    const { message_id: row } = body as LegacyAnswer;
    const { id, content } = body as Partial<MessageDto>;
    const saved = row ?? (content === undefined ? undefined : Number(id));
    if (saved === undefined) return [];
    const query = 'SELECT content FROM writeassistdev_chat WHERE id = ?';
    const stored = await sqlOf(this.server).queryOne<{ content: string }>(query, [saved]);
    return [...(content === undefined ? [] : [content]), stored?.content ?? 'nothing'];
  }

  private async prepare(client: Client): Promise<void> {
    this.#session = await client.newSession();
    this.#message = expectStatus(await client.save(this.#session, { content: 'of the test' }), 201).id;
  }
}
