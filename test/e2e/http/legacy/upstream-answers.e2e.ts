import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expectStatus } from '../../../support/rest/client.js';
import { bodyOfPairs, rawBuffer, rawLegacy } from '../../../support/legacy/bodies.js';
import { LegacyClient, failure, firstAddress } from '../../../support/legacy/client.js';
import { TestServer } from '../../../support/http/server.js';
import { testSecret } from '../../../support/rest/tokens.js';
import { Upstream, project } from '../../../support/legacy/upstream.js';
import { waitUntil } from '../../../support/run/wait-until.js';

const { body, type } = bodyOfPairs([['action', 'load_project']], 'urlencoded');
const load = (server: TestServer, headers: Record<string, string> = {}) =>
  rawLegacy(server, { body, headers: { 'content-type': type, ...headers } });

/** As many requests at once, each from another address, which `address` begins. */
const loadAll = (server: TestServer, count: number, address = '10.0.0') =>
  Array.from({ length: count }, (_, index) => load(server, from(`${address}.${index}`)));
const from = (address: string) => ({ 'x-forwarded-for': address });

/** Headers of the connection, which differ between server and upstream. */
const ofConnection = ['connection', 'keep-alive', 'transfer-encoding', 'content-length'];

describe('an answer of the original endpoint', () => {
  let upstream: Upstream;
  let server: TestServer;
  /** Waits only two seconds, which a slow machine may exceed. */
  let hasty: TestServer;

  beforeAll(async () => {
    upstream = await Upstream.start();
    hasty = await TestServer.start({ LEGACY_UPSTREAM_URL: upstream.url, LEGACY_UPSTREAM_SECONDS: '2' });
    server = await TestServer.start({
      LEGACY_UPSTREAM_URL: upstream.url,
      ALLOWED_ORIGINS: 'https://moodle.example.org',
      TRUSTED_PROXIES: '127.0.0.1',
      JWT_SECRET: testSecret,
    });
  });
  beforeEach(() => {
    upstream.reset();
  });
  afterEach(async () => {
    for (const one of [server, hasty]) {
      const page = await LegacyClient.of(one);
      expectStatus(await page.call('test'), 200);
    }
  });
  afterAll(async () => {
    await Promise.all([server.stop(), hasty.stop()]);
    await upstream.stop();
  });

  it('is returned unchanged, with only its own headers', async () => {
    upstream.answer = (response) => {
      response.writeHead(200, {
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store, no-cache, must-revalidate',
        pragma: 'no-cache',
        'access-control-allow-origin': '*',
        'x-powered-by': 'PHP/8.2',
        date: 'Thu, 01 Jan 2026 00:00:00 GMT',
      });
      response.end(project);
    };
    for (const origin of [undefined, 'https://moodle.example.org', 'https://evil.example']) {
      const answer = await load(server, origin === undefined ? {} : { origin });
      expect(answer.text).toBe(project);
      expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
      const others = [...answer.headers].filter(([name]) => name !== 'x-request-id' && !ofConnection.includes(name));
      expect(Object.fromEntries(others)).toEqual({
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store, no-cache, must-revalidate',
        pragma: 'no-cache',
        'access-control-allow-origin': '*',
        'x-powered-by': 'PHP/8.2',
        date: 'Thu, 01 Jan 2026 00:00:00 GMT',
      });
    }
  });

  it('is returned without the headers of its connection', async () => {
    upstream.answer = (response) => {
      response.writeHead(200, {
        connection: 'close, X-Hop',
        'x-hop': '1',
        'x-kept': '2',
        'proxy-authenticate': 'Basic',
        'proxy-authentication-info': 'x',
        'content-type': 'application/json',
      });
      response.end(project);
    };
    const { text, headers } = await load(server);
    expect([text, headers.get('x-kept')]).toEqual([project, '2']);
    for (const name of ['x-hop', 'proxy-authenticate', 'proxy-authentication-info']) {
      expect([name, headers.get(name)]).toEqual([name, null]);
    }
  });

  it.each([200, 201, 204, 304, 400, 401, 403, 404, 405, 409, 422, 500, 502, 503])(
    'may have the status %s',
    async (status) => {
      upstream.answer = (response) => {
        response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'retry-after': '7' });
        response.end([204, 304].includes(status) ? undefined : '<h1>Moodle</h1>');
      };
      const answer = await load(server);
      expect([answer.status, answer.text]).toEqual([status, [204, 304].includes(status) ? '' : '<h1>Moodle</h1>']);
      // 204 has no content, and so no type.
      expect(answer.headers.get('content-type')).toBe(status === 204 ? null : 'text/html; charset=utf-8');
      expect(answer.headers.get('retry-after')).toBe('7');
      expect(upstream.received).toHaveLength(1);
    },
  );

  it('may be a redirect, which only the browser follows', async () => {
    for (const location of [`${upstream.url}/enrol/index.php?id=3`, '/login/index.php', 'https://evil.example/']) {
      for (const status of [301, 302, 303, 307, 308]) {
        upstream.reset();
        upstream.answer = (response) => response.writeHead(status, { location }).end();
        const answer = await load(server);
        expect([answer.status, answer.headers.get('location')]).toEqual([status, location]);
        expect(upstream.received).toHaveLength(1);
      }
    }
  });

  it('may set several cookies', async () => {
    const cookies = [
      'MoodleSession=a; path=/; secure; HttpOnly',
      'MOODLEID1_=b; expires=Thu, 01-Jan-2026 00:00:00 GMT',
    ];
    upstream.answer = (response) => response.writeHead(200, { 'set-cookie': cookies }).end(project);
    const { head } = await rawBuffer(server, body, { 'content-type': type });
    const lines = head.split('\r\n').filter((line) => /^set-cookie:/i.test(line));
    expect(lines.map((line) => line.replace(/^set-cookie: /i, ''))).toEqual(cookies);
  });

  it.each<[string, Buffer, Record<string, string>]>([
    ['compressed', gzipSync(project.repeat(1000)), { 'content-encoding': 'gzip' }],
    ['binary', Buffer.from(Array.from({ length: 512 }, (_, n) => n % 256)), {}],
    ['empty', Buffer.alloc(0), {}],
    ['5 MiB long', Buffer.alloc(5 * 1024 * 1024, 'é'), { 'content-type': 'text/plain; charset=utf-8' }],
  ])('may be %s', async (_, content, headers) => {
    for (const length of [{}, { 'content-length': String(content.length) }]) {
      upstream.answer = (response) => response.writeHead(200, { ...headers, ...length }).end(content);
      const answer = await rawBuffer(server, body, { 'content-type': type, 'accept-encoding': 'gzip' });
      expect(answer.content.equals(content)).toBe(true);
      for (const [name, value] of Object.entries(headers))
        expect(answer.head.toLowerCase()).toContain(`${name}: ${value}`);
    }
    if ('content-encoding' in headers) expect(gunzipSync(content).toString()).toContain(project);
  });

  it('may take longer than the timeout if data keeps arriving', async () => {
    upstream.answer = (response) => {
      void (async () => {
        for (const letter of project.slice(0, 6)) {
          response.write(letter);
          await sleep(400);
        }
        response.end(project.slice(6));
      })();
    };
    let text: string | undefined;
    // If this thread stands still for two seconds, no data arrives for as long.
    for (let attempt = 0; attempt < 3 && text === undefined; attempt++) {
      text = await load(hasty).then(
        (answer) => answer.text,
        () => undefined,
      );
    }
    expect(text).toBe(project);
  });

  it('may be one of 30 at a time', async () => {
    const held: ServerResponse[] = [];
    upstream.answer = (response) => held.push(response);
    const waiting = Array.from({ length: 30 }, () => load(server));
    await waitUntil(() => held.length === waiting.length);
    for (const response of held) response.end(project);
    const answers = await Promise.all(waiting);
    expect(answers.map(({ text }) => text)).toEqual(answers.map(() => project));
  });

  it('is waited for by at most 128 requests at a time', async () => {
    for (const [status, end] of [
      [200, (held: ServerResponse) => held.end(project)],
      [502, (held: ServerResponse) => held.destroy()],
    ] as const) {
      const held: ServerResponse[] = [];
      upstream.answer = (response) => held.push(response);
      const waiting = loadAll(server, 128);
      await waitUntil(() => held.length === waiting.length);
      const refused = await load(server);
      failure(refused, 503, 'upstream_busy');
      expect(refused.headers.get('retry-after')).toBe('1');
      held.forEach(end);
      const answers = await Promise.all(waiting);
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([status]));
    }
    upstream.reset();
    expect((await load(server)).text).toBe(project);
  });

  it('counts until it has ended, since a client that reads slowly holds the connection', async () => {
    const held: ServerResponse[] = [];
    upstream.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).write('begun');
      held.push(response);
    };
    const reading = loadAll(server, 128);
    await waitUntil(() => held.length === reading.length);
    failure(await load(server), 503, 'upstream_busy');
    held.forEach((response) => response.end());
    expect(new Set((await Promise.all(reading)).map(({ text }) => text))).toEqual(new Set(['begun']));
    upstream.reset();
    expect((await load(server)).text).toBe(project);
  });

  it.each(['before', 'after'])('is not counted for clients that left %s it began', async (moment) => {
    const held: ServerResponse[] = [];
    const begin = (response: ServerResponse) =>
      response.writeHead(200, { 'content-type': 'text/plain' }).write('x'.repeat(100_000));
    upstream.answer = (response) => {
      held.push(response);
      if (moment === 'after') begin(response);
    };
    const leaving = new AbortController();
    const url = `${server.url}${firstAddress}`;
    const headers = { 'content-type': type };
    const requests = Array.from({ length: 64 }, () =>
      fetch(url, { method: 'POST', headers, body, signal: leaving.signal }).catch(() => undefined),
    );
    await waitUntil(() => held.length === requests.length);
    if (moment === 'after') await Promise.all(requests);
    leaving.abort();
    await Promise.all(requests);
    if (moment === 'before') held.forEach(begin);
    await waitUntil(() => upstream.abandoned === requests.length);
    upstream.answer = (response) => response.end(project);
    expect((await load(server)).text).toBe(project);
  });

  it('that does not arrive in time gives 504', async () => {
    upstream.answer = () => undefined;
    const start = Date.now();
    const message = failure(await load(hasty), 504, 'upstream_timeout');
    expect(message).toBe('The original endpoint did not answer in time');
    expect(Date.now() - start).toBeGreaterThan(1900);
    expect(Date.now() - start).toBeLessThan(20_000);
    await waitUntil(() => upstream.abandoned > 0);
    expect([upstream.received.length, upstream.abandoned]).toEqual([1, 1]);
  });

  it.each<[string, Record<string, string>, boolean]>([
    ['is cut half way', {}, true],
    ['is cut half way, with Content-Length', { 'content-length': '1000' }, true],
    ['stops half way', {}, false],
  ])('that %s does not look complete', async (_, length, isCut) => {
    upstream.answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json', ...length });
      response.write(project);
      if (isCut) setTimeout(() => response.destroy(), 50);
    };
    const start = Date.now();
    await expect(load(isCut ? server : hasty)).rejects.toThrow(/aborted|socket hang up|ECONNRESET/);
    expect(Date.now() - start).toBeLessThan(20_000);
  });

  it('that never begins gives 502', async () => {
    upstream.answer = (response) => response.destroy();
    expect(failure(await load(server), 502, 'upstream_unreachable')).toBe('The original endpoint cannot be reached');
    // A request that writes is not sent a second time.
    expect(upstream.received).toHaveLength(1);
  });

  it('that is not HTTP gives 502', async () => {
    upstream.answer = (response) => response.socket?.end('HTTP/1.1 twohundred OK\r\n\r\nhello');
    failure(await load(server), 502, 'upstream_unreachable');
  });
});
