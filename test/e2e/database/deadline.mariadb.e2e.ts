import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { sqlOf, count, settleAll, numbers } from '../../support/database/access.js';
import { holdLock, type HeldLock } from '../../support/database/faults.js';
import { FaultProxy } from '../../support/database/fault-proxy.js';
import { TestServer } from '../../support/http/server.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { waitUntil } from '../../support/run/wait-until.js';

const deadlineMs = 400;
/** A loaded machine answers later than the deadline, but long before the limits of locks and statements. */
const maxMs = deadlineMs + 2000;

let server: TestServer;
let proxy: FaultProxy;
let client: Client;
let session: string;

beforeAll(async () => {
  const environment = { REQUEST_DEADLINE_MS: String(deadlineMs), DATABASE_POOL_SIZE: '4' };
  server = await TestServer.start(environment, async (url) => {
    proxy = await FaultProxy.start(url);
    return proxy.url;
  });
});
beforeEach(async () => {
  client = await server.client();
  session = await client.newSession();
});
afterAll(async () => {
  proxy.blackHole(false);
  await server.stop();
  proxy.stop();
});

/** The status, code and duration of a request. */
async function timed(request: Promise<{ status: number; body: object }>): Promise<{ outcome: string; ms: number }> {
  const start = performance.now();
  const { status, body } = await request;
  const code = (body as { code?: string } | undefined)?.code;
  return { outcome: `${status} ${code ?? ''}`.trim(), ms: performance.now() - start };
}

const stored = (content: string) => count(sqlOf(server), 'writeassistdev_chat', 'content = ?', [content]);

describe('a database that does not answer', () => {
  afterEach(() => {
    proxy.blackHole(false);
  });

  it('is answered with 503 at the deadline, and used again when it is back', async () => {
    proxy.blackHole(true);
    const answers = await Promise.all([
      ...numbers(12).map((index) => timed(client.save(session, { content: `lost ${index}` }))),
      ...numbers(12).map(() => timed(client.messages(session))),
      timed(client.activate(session)),
    ]);
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(maxMs);
    expect(
      answers.every(({ outcome }) => /^503 (database_(busy|unavailable)|server_busy|outcome_unknown)$/.test(outcome)),
    ).toBe(true);
    proxy.blackHole(false);
    const content = 'after the silence';
    await waitUntil(async () => (await client.save(session, { content })).status === 201);
    // What was answered with 503 before the COMMIT is not there, however late the statements arrived.
    expect(await stored(content)).toBe(1);
  });

  it('does not say that nothing was changed when the statement may have been executed', async () => {
    proxy.blackHole(true);
    expect((await timed(client.activate(session))).outcome).toBe('503 outcome_unknown');
  });

  it('is not ready within a second', async () => {
    expect((await client.call('GET', '/readyz')).status).toBe(200);
    proxy.blackHole(true);
    const { outcome, ms } = await timed(client.call('GET', '/readyz'));
    expect(outcome).toBe('503 not_ready');
    expect(ms).toBeLessThan(3000);
    proxy.blackHole(false);
    await waitUntil(async () => (await client.call('GET', '/readyz')).status === 200);
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
    const blocked = numbers(12).map(() => timed(client.save(session, { content: 'behind the lock' })));
    await sleep(50);
    const free = await Promise.all([
      timed(other.save(theirs, { content: 'x' })),
      timed(client.save(mine, { content: 'x' })),
      timed(client.messages(session)),
      timed(client.call('GET', '/readyz')),
    ]);
    expect(free.map(({ outcome }) => outcome)).toEqual(['201', '201', '200', '200']);
    expect(Math.max(...free.map(({ ms }) => ms))).toBeLessThan(deadlineMs - 50);
    const answers = await Promise.all(blocked);
    expect(new Set(answers.map(({ outcome }) => outcome.slice(0, 3)))).toEqual(new Set(['503']));
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(maxMs);
    expect(await stored('behind the lock')).toBe(0);
  });

  it('does not let a message be saved whose sender has left while it waited for a connection', async () => {
    // These take the places of the session.
    const blocked = numbers(4).map(() => client.save(session, { content: 'waits' }));
    await sleep(50);
    const body = JSON.stringify({ role: 'user', content: 'left' });
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /api/v1/sessions/${session}/messages HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${client.token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await sleep(50);
    socket.destroy();
    await sleep(20);
    await lock.release();
    await settleAll(blocked);
    expectStatus(await client.save(session, { content: 'later' }), 201);
    expect(await stored('left')).toBe(0);
    expect(await stored('later')).toBe(1);
  });
});
