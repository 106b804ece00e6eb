import type { FastifyRequest } from 'fastify';
import { RateLimiter } from '../../../src/auth/rate-limiter.js';
import type { Owner } from '../../../src/owners/owner.js';
import { expectStatus, type Answer } from '../../support/rest/client.js';
import { LegacyClient, failure, messageId } from '../../support/legacy/client.js';
import { Upstream } from '../../support/legacy/upstream.js';
import { firstLine, rawCall } from '../../support/rest/raw.js';
import { signed, claims, testSecret } from '../../support/rest/tokens.js';
import { TestServer, newOwner } from '../../support/http/server.js';

/** Sends requests one after the other, and returns their statuses. */
async function statuses(count: number, send: () => Promise<Answer<unknown>>): Promise<number[]> {
  const all: number[] = [];
  for (let index = 0; index < count; index++) all.push((await send()).status);
  return all;
}

function expectTooMany(answer: Answer<unknown>): void {
  expect([answer.status, answer.body]).toMatchObject([429, { code: 'too_many_requests' }]);
  expect(answer.headers.get('retry-after')).toMatch(/^([1-9]|[1-5]\d|60)$/);
  // No header tells how many requests are left.
  const others = [...answer.headers.keys()].filter((name) => /rate-?limit/.test(name));
  expect(others).toEqual([]);
}

async function withServer(limits: Record<string, string>, work: (server: TestServer) => Promise<void>): Promise<void> {
  const server = await TestServer.start({ JWT_SECRET: testSecret, ...limits });
  try {
    await work(server);
  } finally {
    await server.stop();
  }
}

const limiterOf = (server: TestServer) => server.app.get(RateLimiter, { strict: false });
/** The parts of a request that the limiter reads. */
const requestOf = (values: Partial<FastifyRequest>) => ({ ...values, routeOptions: { config: {} } }) as FastifyRequest;

/** Counts requests of the owner, and failed logins from this machine, without sending them. */
async function consume(server: TestServer, owner: Owner, requests: number, failedLogins: number): Promise<void> {
  const limiter = limiterOf(server);
  for (let count = 0; count < requests; count++) await limiter.consumeOwner(requestOf({ owner }));
  for (let count = 0; count < failedLogins; count++) await limiter.consumeFailedLogin(requestOf({ ip: '127.0.0.1' }));
}

describe('an owner', () => {
  it('is counted once for a load_project that is proxied, and into whose answer the chat is put', async () => {
    const upstream = await Upstream.start();
    const project = '{"success":true,"project":{"chatHistory":[]}}';
    upstream.answer = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(project);
    try {
      await withServer({ RATE_LIMIT_OWNER: '4', LEGACY_UPSTREAM_URL: upstream.url }, async (server) => {
        const page = await LegacyClient.of(server);
        messageId(await page.call('append_message', { role: 'user', content: 'stored' }));
        for (let count = 0; count < 3; count++) expect((await page.call('load_project')).text).toContain('stored');
        expectTooMany(await page.call('load_project'));
      });
    } finally {
      await upstream.stop();
    }
  });

  it('has one limit per minute for REST and the legacy endpoint, separate from other owners', async () => {
    await withServer({ RATE_LIMIT_OWNER: '5' }, async (server) => {
      const owner = newOwner();
      const [rest, page] = [await server.client(owner), await LegacyClient.of(server, owner)];
      expect(await statuses(3, () => rest.sessions())).toEqual([200, 200, 200]);
      expect(await statuses(2, () => page.call('get_chat_sessions'))).toEqual([200, 200]);
      expectTooMany(await rest.createSession({ title: 'never' }));
      const refused = await page.call('append_message', { role: 'user', content: 'never' });
      expectTooMany(refused);
      failure(refused, 429, 'too_many_requests');
      const neighbours = [newOwner(owner.activityId), { ...owner, activityId: owner.activityId + 1 }];
      for (const other of neighbours) expectStatus(await (await server.client(other)).sessions(), 200);
      expect(await server.dataSource.query<unknown[]>('SELECT * FROM writeassistdev_chat_sessions')).toEqual([]);
    });
  });

  it('beyond its limit is rejected before the body is read', async () => {
    await withServer({ RATE_LIMIT_OWNER: '1' }, async (server) => {
      const client = await server.client();
      expectStatus(await client.sessions(), 200);
      const head = ['POST /api/v1/messages HTTP/1.1', 'Host: localhost', `Authorization: Bearer ${client.token}`];
      expect(
        await firstLine(server.url, [...head, 'Content-Type: application/json', 'Content-Length: 6000000', '', '{']),
      ).toBe('HTTP/1.1 429 Too Many Requests');
    });
  });

  it('is accepted again after a minute', async () => {
    await withServer({ RATE_LIMIT_OWNER: '1' }, async (server) => {
      const client = await server.client();
      expectStatus(await client.sessions(), 200);
      expectTooMany(await client.sessions());
      const now = Date.now.bind(Date);
      try {
        Date.now = () => now() + 60_001;
        expectStatus(await client.sessions(), 200);
      } finally {
        Date.now = now;
      }
    });
  });
});

describe('an IP', () => {
  it('has one limit per minute for requests of all kinds', async () => {
    await withServer({ RATE_LIMIT_ADDRESS: '8' }, async (server) => {
      const client = await server.client();
      const page = await LegacyClient.of(server);
      expect((await rawCall(server.url, '/nowhere')).status).toBe(404);
      expect((await rawCall(server.url, '/livez')).status).toBe(200);
      expect((await rawCall(server.url, '/docs', { headers: { host: 'evil.example' } })).status).toBe(421);
      expect((await rawCall(server.url, '/api/v1/sessions')).status).toBe(401);
      expect((await rawCall(server.url, '/openapi.json')).status).toBe(200);
      failure(await page.call('unknown'), 400, 'invalid_action');
      failure(await page.send('{', { headers: { 'content-type': 'application/json' } }), 400, 'malformed_json');
      expect((await rawCall(server.url, '/api/v1/sessions', { method: 'PUT' })).status).toBe(405);
      for (const path of ['/livez', '/nowhere', '/docs', '/client/multi-chat-manager.js']) {
        expectTooMany(await rawCall(server.url, path, { headers: { authorization: `Bearer ${client.token}` } }));
      }
      expectTooMany(await rawCall(server.url, '/api/v1/sessions'));
      // What may have authenticated, but has not.
      failure(await page.call('unknown'), 429, 'too_many_requests');
      failure(await page.send('{', { headers: { 'content-type': 'application/json' } }), 429, 'too_many_requests');
      failure(await page.call('test', {}, { headers: { origin: 'https://evil.example' } }), 429, 'too_many_requests');
    });
  });

  it('beyond its limit is rejected before a large body is read', async () => {
    await withServer({ RATE_LIMIT_ADDRESS: '1' }, async (server) => {
      await rawCall(server.url, '/livez');
      const head = ['POST /mod/writeassistdev/ajax.php HTTP/1.1', 'Host: localhost'];
      const type = 'Content-Type: application/x-www-form-urlencoded';
      expect(await firstLine(server.url, [...head, type, 'Content-Length: 6000000', '', 'a'])).toBe(
        'HTTP/1.1 429 Too Many Requests',
      );
    });
  });

  it('does not count requests that authenticate, and never refuses them for those that do not', async () => {
    await withServer({ RATE_LIMIT_ADDRESS: '4' }, async (server) => {
      const client = await server.client();
      const page = await LegacyClient.of(server);
      const bad = new LegacyClient(server.url, 'x', page.owner);
      const guess = (secret: string) =>
        rawCall(server.url, '/api/v1/sessions', {
          headers: { authorization: `Bearer ${signed(claims(), { secret: secret.repeat(32) })}` },
        });
      for (let count = 0; count < 6; count++) {
        expectStatus(await client.sessions(), 200);
        expectStatus(await page.call('test'), 200);
      }
      // Each is counted once.
      expect(await statuses(2, () => guess('x'))).toEqual([401, 401]);
      expect(await statuses(2, () => bad.call('test'))).toEqual([401, 401]);
      expectTooMany(await guess('y'));
      failure(await bad.call('test'), 429, 'too_many_requests');
      expectTooMany(await rawCall(server.url, '/livez'));
      expectStatus(await client.sessions(), 200);
      expectStatus(await page.call('append_message', { role: 'user', content: 'x'.repeat(50_000) }), 200);
      expectStatus(await page.call('test', {}, { bearer: true }), 200);
      // New tokens, which are not cached.
      expectStatus(await (await server.client()).sessions(), 200);
      expectStatus(await (await LegacyClient.of(server)).call('test'), 200);
    });
  });

  it('is that of the connection, not of X-Forwarded-For', async () => {
    await withServer({ RATE_LIMIT_ADDRESS: '2' }, async (server) => {
      const ask = (address: string) => rawCall(server.url, '/livez', { headers: { 'x-forwarded-for': address } });
      expect([(await ask('192.0.2.1')).status, (await ask('192.0.2.2')).status]).toEqual([200, 200]);
      expectTooMany(await ask('192.0.2.3'));
    });
  });

  it('is the one that a trusted proxy adds to X-Forwarded-For, not one that the client sends', async () => {
    await withServer({ RATE_LIMIT_ADDRESS: '2', TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8' }, async (server) => {
      const ask = async (header: string) =>
        (await rawCall(server.url, '/livez', { headers: { 'x-forwarded-for': header } })).status;
      expect([await ask('192.0.2.1'), await ask('192.0.2.1'), await ask('192.0.2.1')]).toEqual([200, 200, 429]);
      expect(await ask('192.0.2.2')).toBe(200);
      // Addresses before the last untrusted one are sent by the client.
      expect([await ask('9.9.9.9, 192.0.2.1'), await ask('192.0.2.3, 192.0.2.1, 10.1.2.3')]).toEqual([429, 429]);
    });
  });

  it('stays limited while tens of thousands of other IPs send requests', async () => {
    await withServer({ RATE_LIMIT_ADDRESS: '2' }, async (server) => {
      const ask = async (remoteAddress: string) =>
        (await server.app.inject({ url: '/livez', remoteAddress })).statusCode;
      expect([await ask('192.0.2.1'), await ask('192.0.2.1'), await ask('192.0.2.1')]).toEqual([200, 200, 429]);
      const limiter = limiterOf(server);
      for (let count = 0; count < 40_000; count++) {
        await limiter.consumeIp(requestOf({ ip: `10.${count >> 16}.${(count >> 8) & 255}.${count & 255}` }));
      }
      expect(await ask('192.0.2.1')).toBe(429);
    });
  });

  it('is counted for URLs that cannot be decoded', async () => {
    await withServer({ RATE_LIMIT_ADDRESS: '2' }, async (server) => {
      const all = [];
      for (const path of ['/%zz', '/api/v1/sessions/%ff', '/%zz', '/livez']) all.push(await rawCall(server.url, path));
      expect(all.map(({ status }) => status)).toEqual([400, 400, 429, 429]);
      expect(all[2]?.headers.get('retry-after')).toMatch(/^\d+$/);
    });
  });

  it('is a whole /64 network of IPv6', async () => {
    await withServer({ RATE_LIMIT_ADDRESS: '2', TRUSTED_PROXIES: '127.0.0.1' }, async (server) => {
      const ask = async (header: string) =>
        (await rawCall(server.url, '/livez', { headers: { 'x-forwarded-for': header } })).status;
      expect([await ask('2001:db8::1'), await ask('2001:db8::ffff:2'), await ask('2001:db8::3')]).toEqual([
        200, 200, 429,
      ]);
      expect(await ask('2001:db8:0:1::1')).toBe(200);
      expect([await ask('::ffff:192.0.2.9'), await ask('192.0.2.9'), await ask('192.0.2.9')]).toEqual([200, 200, 429]);
    });
  });
});

describe('failed logins', () => {
  it('of an address are counted, and never stop one that holds', async () => {
    await withServer({ RATE_LIMIT_LOGINS: '4' }, async (server) => {
      const client = await server.client();
      const page = await LegacyClient.of(server);
      const bad = new LegacyClient(server.url, 'x', page.owner);
      const forged = `Bearer ${signed(claims(), { secret: 'x'.repeat(32) })}`;
      const guess = () => rawCall(server.url, '/api/v1/sessions', { headers: { authorization: forged } });
      expect(await statuses(2, guess)).toEqual([401, 401]);
      expect(await statuses(2, () => bad.call('test'))).toEqual([401, 401]);
      for (let count = 0; count < 3; count++) {
        expectTooMany(await guess());
        expectTooMany(await rawCall(server.url, '/api/v1/sessions'));
        failure(await bad.call('append_message'), 429, 'too_many_requests');
        expectStatus(await client.sessions(), 200);
        expectStatus(await page.call('test'), 200);
        // A new token, which is not cached.
        expectStatus(await (await server.client()).sessions(), 200);
      }
    });
  });

  it('include those for another course module', async () => {
    await withServer({ RATE_LIMIT_LOGINS: '1' }, async (server) => {
      const client = new LegacyClient(server.url, signed(claims({ cmid: 5 })), newOwner());
      failure(await client.call('test', { cmid: '6' }), 403, 'cmid_mismatch');
      failure(await client.call('test', { cmid: '7' }), 429, 'too_many_requests');
      expectStatus(await client.call('test', { cmid: '5' }), 200);
    });
  });
});

describe('without limits', () => {
  it('0 turns each of them off', async () => {
    const off = { RATE_LIMIT_OWNER: '0', RATE_LIMIT_ADDRESS: '0', RATE_LIMIT_LOGINS: '0' };
    await withServer(off, async (server) => {
      const client = await server.client();
      await consume(server, client.owner, 700, 310);
      expectStatus(await client.sessions(), 200);
      expect((await rawCall(server.url, '/api/v1/sessions')).status).toBe(401);
    });
  });

  it('the defaults are those of the documentation', async () => {
    const unset = { RATE_LIMIT_OWNER: '', RATE_LIMIT_ADDRESS: '', RATE_LIMIT_LOGINS: '' };
    await withServer(unset, async (server) => {
      const client = await server.client();
      await consume(server, client.owner, 598, 298);
      expect(await statuses(3, () => client.sessions())).toEqual([200, 200, 429]);
      expect(await statuses(3, () => rawCall(server.url, '/api/v1/sessions'))).toEqual([401, 401, 429]);
    });
  });
});
