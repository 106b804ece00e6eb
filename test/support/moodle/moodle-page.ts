import { LegacyClient, type Encoding, type LegacyAnswer } from '../legacy/client.js';
import type { Answer } from '../rest/client.js';
import type { Person } from './moodle-site.js';
import { rawCall } from '../rest/raw.js';
import type { TestServer } from '../http/server.js';

/** A page of the plugin in the browser of a user who is logged in to Moodle. */
export class MoodlePage {
  readonly #client: LegacyClient;

  constructor(
    private readonly server: TestServer,
    private readonly person: Person,
    private readonly cmid: number,
  ) {
    this.#client = new LegacyClient(server.url, person.sesskey, { userId: person.userId, activityId: 0 });
  }

  get sesskey(): string {
    return this.person.sesskey;
  }

  get cookie(): string {
    return `MoodleSession=${this.person.cookie}`;
  }

  call(
    action: string,
    fields: Record<string, unknown> = {},
    { headers = {}, encoding }: { headers?: Record<string, string>; encoding?: Encoding } = {},
  ): Promise<Answer<LegacyAnswer>> {
    const sent = { cookie: this.cookie, ...headers };
    return this.#client.call(
      action,
      { cmid: String(this.cmid), ...fields },
      { headers: sent, ...(encoding && { encoding }) },
    );
  }

  append(content: string, fields: Record<string, unknown> = {}): Promise<Answer<LegacyAnswer>> {
    return this.call('append_message', { session_id: 'chat-1', role: 'user', content, ...fields });
  }

  /** Exchanges the login for a token. */
  exchangeToken(changes: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
    return rawCall(this.server.url, '/api/v1/token', {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: this.cookie, ...headers },
      body: JSON.stringify({ cmid: this.cmid, sesskey: this.person.sesskey, ...changes }),
    });
  }
}
