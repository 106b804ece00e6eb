import type { QueryRunner } from 'typeorm';
import { RefusalLog } from '../../../src/http/refusal-log.js';
import { settleAll, numbers } from '../../support/database/access.js';
import { LegacyClient, failure } from '../../support/legacy/client.js';
import { firstLine, rawBytes, rawCall } from '../../support/rest/raw.js';
import { refusal } from '../../support/rest/problems.js';
import { TestServer } from '../../support/http/server.js';
import { expectStatus, type Answer, type Client } from '../../support/rest/client.js';

/** Requests wait for half of it: less than the 5 s for which the requests that occupy all places wait for SQLite. */
const deadlineMs = 6000;
/** On SQLite. */
const places = 16;

describe('a server that is busy', () => {
  let server: TestServer;
  let client: Client;
  let session: string;
  let lock: QueryRunner;
  let others: Client[];
  /** The requests of others that occupy all places. */
  let occupying: ReturnType<Client['sessions']>[];

  beforeAll(async () => {
    server = await TestServer.start({ REQUEST_DEADLINE_MS: String(deadlineMs) });
    others = await Promise.all(numbers(places).map(() => server.client()));
    // Later requests of theirs count for them, not for their address.
    for (const other of others) expectStatus(await other.sessions(), 200);
  });
  beforeEach(async () => {
    client = await server.client();
    session = await client.newSession();
    lock = server.dataSource.createQueryRunner();
    await lock.startTransaction();
    occupying = others.map((other) => other.sessions());
    await server.untilAtWork(places);
    server.log.length = 0;
  });
  afterEach(async () => {
    if (lock.isTransactionActive) await lock.rollbackTransaction();
    await settleAll(occupying);
    expectStatus(await client.sessions(), 200);
  });
  afterAll(() => server.stop());

  interface Line {
    msg: string;
    level: number;
    reason?: string;
    count?: number;
  }
  const lines = () => server.log.map((line) => JSON.parse(line) as Line);

  it('refuses those that wait for too long, before the deadline, and says when to come back', async () => {
    const start = performance.now();
    const waiting = await Promise.all(numbers(20).map(() => client.save(session, { content: 'second' })));
    expect(performance.now() - start).toBeLessThan(deadlineMs);
    for (const answer of waiting) refusal(answer, 503, 'server_busy');
    const retryAfter = waiting.map(({ headers }) => Number(headers.get('retry-after')));
    expect(retryAfter.every((seconds) => Number.isInteger(seconds) && seconds >= 1 && seconds <= 5)).toBe(true);
    expect(new Set(retryAfter).size).toBeGreaterThan(1);
    expect(waiting[0]?.headers.get('cache-control')).toBe('no-store');
    await lock.rollbackTransaction();
    const { data } = expectStatus(await client.messages(session), 200);
    expect(data.map(({ content }) => content)).not.toContain('second');
  });

  it('lets them wait for as long as they may, and then does what they ask for', async () => {
    const waiting = numbers(5).map(() => client.sessions());
    await new Promise((resolve) => setTimeout(resolve, 100));
    await lock.rollbackTransaction();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect((await Promise.all(occupying)).map(({ status }) => status)).toEqual(others.map(() => 200));
  });

  it('answers probes at once: that it is alive, and that the database cannot be used', async () => {
    const answered = await Promise.all(['/livez', '/readyz'].map((path) => rawCall(server.url, path)));
    expect(answered.map(({ status }) => status)).toEqual([200, 503]);
    refusal(answered[1] as Answer<unknown>, 503, 'not_ready');
  });

  it('refuses before the body is read, and pages of the plugin in their form', async () => {
    const page = new LegacyClient(server.url, client.token, client.owner);
    const refused = page.call('append_message', { role: 'user', content: 'second' });
    const head = ['POST /mod/writeassistdev/ajax.php HTTP/1.1', 'Host: localhost', 'Content-Length: 6000000'];
    const type = 'Content-Type: application/x-www-form-urlencoded';
    expect(await firstLine(server.url, [...head, type, '', 'a'])).toBe('HTTP/1.1 503 Service Unavailable');
    failure(await refused, 503, 'server_busy');
  });

  it('keeps the connection of a small request that is refused at once, because too many wait', async () => {
    const body = JSON.stringify({ role: 'user', content: 'one of many' });
    const head = [
      `POST /api/v1/sessions/${session}/messages HTTP/1.1`,
      'Host: localhost',
      `Authorization: Bearer ${client.token}`,
    ];
    const type = ['Content-Type: application/json', `Content-Length: ${body.length}`];
    const request = (...more: string[]) => [...head, ...type, ...more, '', body].join('\r\n');
    const pipelined = request().repeat(19) + request('Connection: close');
    // Five hundred more than may wait.
    const answers = await Promise.all(numbers(125).map(() => rawBytes(server.url, pipelined)));
    for (const answer of answers) {
      expect(answer.match(/HTTP\/1.1 503 /g)).toHaveLength(20);
      expect(answer.match(/^connection: close/gim)).toHaveLength(1);
    }
  });

  it('logs the first refused request and a count, and no line for each', async () => {
    await Promise.all(numbers(20).map(() => client.save(session, { content: 'third' })));
    server.app.get(RefusalLog, { strict: false }).onApplicationShutdown();
    const found = lines().filter(({ level, reason }) => level >= 40 && reason === 'too many requests wait');
    expect(found.map(({ msg }) => msg)).toContain('server_busy, more of them');
    expect(found.at(-1)?.count).toBeGreaterThanOrEqual(19);
    expect(lines().filter(({ msg }) => msg === 'request').length).toBe(0);
    expect(server.log.join('')).not.toContain('"at"');
  });
});
