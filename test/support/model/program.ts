import type { SessionDto } from '../../../src/sessions/session.dto.js';
import { LegacyClient, type LegacyAnswer, type LegacyOptions } from '../legacy/client.js';
import { Client, expectStatus, type Answer } from '../rest/client.js';
import type { ProblemDto } from '../../../src/http/problem.dto.js';
import { sqlOf } from '../database/access.js';
import { newOwner, type TestServer } from '../http/server.js';
import { waitUntil } from '../run/wait-until.js';

/** A request of a program. */
export interface TracedRequest {
  /** The name of the command. */
  command: string;
  text: string;
  status: number;
}

type Note = (text: string, status: number) => void;

class TracedClient extends Client {
  note: Note = () => undefined;

  override async call<Body = ProblemDto>(...[method, path, body, options]: Parameters<Client['call']>) {
    const answer = await super.call<Body>(method, path, body, options);
    const sent = [body, options?.headers].filter((part) => part !== undefined).map((part) => JSON.stringify(part));
    this.note([method, path, ...sent].join(' '), answer.status);
    return answer;
  }
}

class TracedPage extends LegacyClient {
  note: Note = () => undefined;

  override async call(action: string, fields: Record<string, unknown> = {}, options: LegacyOptions = {}) {
    const answer: Answer<LegacyAnswer> = await super.call(action, fields, options);
    this.note(`${action} ${JSON.stringify(fields)}`, answer.status);
    return answer;
  }
}

/** The server's side of a program: clients of one new owner. */
export class Program {
  readonly trace: TracedRequest[] = [];
  /** The name of the command that is running. */
  command = '';
  /** A time that is later than that of any message without a timestamp, UTC milliseconds. */
  readonly ahead = Date.now() + 120_000;

  private constructor(
    private readonly server: TestServer,
    /** Its requests are traced. */
    readonly rest: Client,
    readonly page: LegacyClient,
    /** For comparisons. */
    readonly reader: Client,
    readonly pageReader: LegacyClient,
    readonly stranger: Client,
  ) {}

  static async start(server: TestServer): Promise<Program> {
    const owner = newOwner(1);
    const token = await server.token(owner);
    const [rest, page] = [new TracedClient(server.url, token, owner), new TracedPage(server.url, token, owner)];
    const [reader, pageReader] = [new Client(server.url, token, owner), new LegacyClient(server.url, token, owner)];
    const program = new Program(server, rest, page, reader, pageReader, await server.client(newOwner(1)));
    rest.note = page.note = (text, status) => program.trace.push({ command: program.command, text, status });
    return program;
  }

  /** Every session, also those in the trash. */
  async sessions(): Promise<SessionDto[]> {
    return expectStatus(await this.reader.sessions('?state=all&limit=200'), 200).data;
  }

  /** Waits until what was deleted permanently is gone, so that what follows does not depend on time. */
  async purged(): Promise<void> {
    await waitUntil(async () => {
      const rows = await this.rows<{ due: number }>(
        `SELECT COUNT(*) AS due FROM writeassistdev_chat_deletions WHERE writeassistdevid = ? AND userid = ?
          AND purge_at < ?`,
        Date.now() + 60_000,
      );
      return Number(rows[0]?.due) === 0;
    });
  }

  /** @param sql with places for the owner, and for more parameters */
  rows<Row>(sql: string, ...more: number[]): Promise<Row[]> {
    const { activityId, userId } = this.rest.owner;
    return sqlOf(this.server).query<Row>(sql, [activityId, userId, ...more]);
  }
}
