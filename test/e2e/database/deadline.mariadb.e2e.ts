import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { sqlOf, count, settleAll, numbers } from '../../support/database/access.js';
import { holdLock, type HeldLock } from '../../support/database/faults.js';
import { FaultProxy } from '../../support/database/fault-proxy.js';
import { databaseUrl } from '../../support/database/test-database.js';
import { TestServer } from '../../support/http/server.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { testSecret } from '../../support/rest/tokens.js';
import { waitUntil } from '../../support/run/wait-until.js';

/** Of a server whose requests must succeed, also where the machine stands still for seconds. */
const deadlineMs = 5000;
/** Of a server whose requests only fail. */
const shortDeadlineMs = 400;
/** A loaded machine answers later than the deadline, but long before locks, statements and connections time out. */
const maxMs = 20_000;
const limits = {
  ...{ DATABASE_LOCK_WAIT_SECONDS: '60', DATABASE_CONNECT_TIMEOUT_MS: '60000', DATABASE_POOL_SIZE: '4' },
  JWT_SECRET: testSecret,
};

let server: TestServer;
let client: Client;
let session: string;

beforeAll(async () => {
  server = await TestServer.start({ ...limits, REQUEST_DEADLINE_MS: String(deadlineMs) });
});
beforeEach(async () => {
  client = await server.client();
  session = await client.newSession();
});
afterAll(() => server.stop());

/** The status, code and duration of a request. */
async function timed(request: Promise<{ status: number; body: object }>): Promise<{ outcome: string; ms: number }> {
  const start = performance.now();
  const { status, body } = await request;
  const code = (body as { code?: string } | undefined)?.code;
  return { outcome: `${status} ${code ?? ''}`.trim(), ms: performance.now() - start };
}

const stored = (content: string) => count(sqlOf(server), 'writeassistdev_chat', 'content = ?', [content]);

describe('a database that does not answer', () => {
  let proxy: FaultProxy;
  let impatientServer: TestServer;
  let impatient: Client;

  beforeAll(async () => {
    const environment = { ...limits, REQUEST_DEADLINE_MS: String(shortDeadlineMs) };
    // Its own database stays empty.
    impatientServer = await TestServer.start(environment, async () => {
      proxy = await FaultProxy.start(databaseUrl(String(server.dataSource.options.database)));
      return proxy.url;
    });
  });
  beforeEach(async () => {
    impatient = await impatientServer.client(client.owner);
    // Then it has a connection.
    await waitUntil(async () => (await impatient.messages(session)).status === 200);
  });
  afterEach(() => {
    proxy.blackHole(false);
  });
  afterAll(async () => {
    await impatientServer.stop();
    proxy.stop();
  });

  it('is answered with 503 at the deadline, and used again when it is back', async () => {
    proxy.blackHole(true);
    const answers = await Promise.all([
      ...numbers(12).map((index) => timed(impatient.save(session, { content: `lost ${index}` }))),
      ...numbers(12).map(() => timed(impatient.messages(session))),
      timed(impatient.activate(session)),
    ]);
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(maxMs);
    expect(
      answers.every(({ outcome }) => /^503 (database_(busy|unavailable)|server_busy|outcome_unknown)$/.test(outcome)),
    ).toBe(true);
    proxy.blackHole(false);
    const content = 'after the silence';
    let unknown = 0;
    await waitUntil(async () => {
      const { outcome } = await timed(impatient.save(session, { content }));
      if (outcome === '503 outcome_unknown') unknown++;
      return outcome === '201';
    });
    // What was answered with 503 before the COMMIT is not there, however late the statements arrived.
    const found = await stored(content);
    expect(found).toBeGreaterThanOrEqual(1);
    expect(found).toBeLessThanOrEqual(1 + unknown);
  });

  it('does not say that nothing was changed when the statement may have been executed', async () => {
    proxy.blackHole(true);
    expect((await timed(impatient.activate(session))).outcome).toBe('503 outcome_unknown');
  });

  it('is not ready within a second', async () => {
    const readiness = () => impatient.call('GET', '/readyz');
    await waitUntil(async () => (await readiness()).status === 200);
    proxy.blackHole(true);
    const { outcome, ms } = await timed(readiness());
    expect(outcome).toBe('503 not_ready');
    expect(ms).toBeLessThan(maxMs);
    proxy.blackHole(false);
    await waitUntil(async () => (await readiness()).status === 200);
  });
});

describe('the deadline of a request', () => {
  it('does not end connections whose work is done', async () => {
    const connections = async () => {
      const rows = await server.dataSource.query<{ id: number }[]>(
        'SELECT id FROM information_schema.processlist WHERE db = DATABASE() ORDER BY id',
      );
      return rows.map(({ id }) => id);
    };
    for (const content of ['1', '2']) expectStatus(await client.save(session, { content }), 201);
    expectStatus(await client.messages(session), 200);
    const before = await connections();
    await sleep(deadlineMs + 200);
    expectStatus(await client.messages(session), 200);
    expect(await connections()).toEqual(expect.arrayContaining(before));
  });
});

describe('a locked row', () => {
  let lock: HeldLock;

  beforeEach(async () => {
    lock = await holdLock(
      server.dataSource,
      `SELECT id FROM writeassistdev_chat_sessions WHERE session_id = '${session}' FOR UPDATE`,
    );
  });
  afterEach(() => lock.release());

  it('delays neither other owners, nor other sessions of its owner, nor probes', async () => {
    const other = await server.client();
    const mine = await client.newSession();
    const theirs = await other.newSession();
    let answered = 0;
    const blocked = numbers(12).map(() =>
      timed(client.save(session, { content: 'behind the lock' })).finally(() => answered++),
    );
    await server.untilAtWork(12);
    const free = await Promise.all([
      other.save(theirs, { content: 'x' }),
      client.save(mine, { content: 'x' }),
      client.messages(session),
    ]);
    expect(free.map(({ status }) => status)).toEqual([201, 201, 200]);
    await waitUntil(async () => (await client.call('GET', '/readyz')).status === 200);
    expect(answered).toBe(0);
    const answers = await Promise.all(blocked);
    expect(new Set(answers.map(({ outcome }) => outcome.slice(0, 3)))).toEqual(new Set(['503']));
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(maxMs);
    expect(await stored('behind the lock')).toBe(0);
  });

  it('does not let a message be saved whose sender has left while it waited for a connection', async () => {
    // These take the places of the session.
    const blocked = numbers(4).map(() => client.save(session, { content: 'waits' }));
    await server.untilAtWork(4);
    const body = JSON.stringify({ role: 'user', content: 'left' });
    const { hostname, port } = new URL(server.url);
    const accepted = once(server.app.getHttpServer(), 'connection') as Promise<[Socket]>;
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /api/v1/sessions/${session}/messages HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${client.token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await server.untilAtWork(5);
    const [itsConnection] = await accepted;
    socket.destroy();
    await waitUntil(() => itsConnection.destroyed);
    await lock.release();
    await settleAll(blocked);
    expectStatus(await client.save(session, { content: 'later' }), 201);
    expect(await stored('left')).toBe(0);
    expect(await stored('later')).toBe(1);
  });
});
