import { expectStatus, type Answer } from '../../../support/rest/client.js';
import { bodyOfPairs, expectNoInternals, formTypes, rawLegacy, rowCounts } from '../../../support/legacy/bodies.js';
import {
  LegacyClient,
  encodings,
  failure,
  firstAddress,
  laterAddress,
  type LegacyAnswer,
} from '../../../support/legacy/client.js';
import { rawCall } from '../../../support/rest/raw.js';
import { TestServer } from '../../../support/http/server.js';

const addresses = [firstAddress, laterAddress];
const corsHeaders = ({ headers }: Answer<unknown>) =>
  [...headers].filter(([name]) => name.startsWith('access-control')).sort();

function notAllowed(answer: Answer<LegacyAnswer>): void {
  expect(failure(answer, 405, 'method_not_allowed')).toBe('Only POST is known here');
  expect(answer.headers.get('allow')).toBe('POST');
  expectNoInternals(answer);
}

describe('the legacy endpoint', () => {
  let server: TestServer;
  let page: LegacyClient;

  beforeAll(async () => {
    server = await TestServer.start();
    page = await LegacyClient.of(server);
    await page.newSession('Before');
  });
  afterAll(() => server.stop());

  const creating = (): [string, string][] => [
    ['action', 'create_chat_session'],
    ['cmid', '1'],
    ['sesskey', page.token],
  ];

  describe.each(addresses)('at %s', (path) => {
    it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('accepts only POST, not %s', async (method) => {
      const before = await rowCounts(server);
      const query = new URLSearchParams(creating()).toString();
      notAllowed(await rawLegacy(server, { method, path }));
      notAllowed(await rawLegacy(server, { method, path: `${path}?${query}` }));
      expect(await rowCounts(server)).toEqual(before);
    });

    it.each(['PUT', 'PATCH', 'DELETE'])('accepts only POST, not %s with a body', async (method) => {
      const before = await rowCounts(server);
      for (const encoding of encodings) {
        const { body, type } = bodyOfPairs(creating(), encoding);
        const headers = { 'content-type': type, 'content-length': String(body.length) };
        notAllowed(await rawLegacy(server, { method, path, body, headers }));
      }
      expect(await rowCounts(server)).toEqual(before);
    });

    it('rejects HEAD', async () => {
      const answer = await rawLegacy(server, { method: 'HEAD', path });
      expect([answer.status, answer.headers.get('allow'), answer.text]).toEqual([405, 'POST', '']);
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    });

    it('rejects a foreign Host', async () => {
      const before = await rowCounts(server);
      const { body } = bodyOfPairs(creating(), 'urlencoded');
      for (const method of ['POST', 'GET', 'OPTIONS']) {
        const headers = { host: 'evil.example', ...(method === 'POST' && { 'content-type': formTypes.urlencoded }) };
        const answer = await rawLegacy(server, { method, path, headers, ...(method === 'POST' && { body }) });
        failure(answer, 421, 'misdirected_request');
      }
      expect(await rowCounts(server)).toEqual(before);
    });
  });

  it('does not log the query', async () => {
    const query = new URLSearchParams(creating()).toString();
    notAllowed(await rawLegacy(server, { method: 'GET', path: `${firstAddress}?${query}` }));
    expectStatus(await page.call('test', {}, { path: `${firstAddress}?sesskey=${page.token}` }), 200);
    expect(server.log.join('')).not.toContain(page.token);
  });

  it('reads no field from the query', async () => {
    const before = await rowCounts(server);
    const query = new URLSearchParams(creating()).toString();
    failure(await rawLegacy(server, { path: `${firstAddress}?${query}` }), 400, 'missing_parameter');
    const { body, type } = bodyOfPairs([['action', 'create_chat_session']], 'urlencoded');
    const answer = await rawLegacy(server, {
      path: `${firstAddress}?${query}`,
      body,
      headers: { 'content-type': type },
    });
    expect(failure(answer, 400, 'missing_parameter')).toBe('A required parameter (cmid) was missing');
    expect(await rowCounts(server)).toEqual(before);
  });

  it.each([
    '/mod/writeassistdev/',
    '/mod/writeassistdev/ajax.php/',
    '/mod/other/ajax.php',
    '/mod/writeassistdev/view.php',
  ])('does not exist at %s', async (path) => {
    expect((await rawCall(server.url, path, { method: 'POST' })).status).toBe(404);
  });

  describe('without ALLOWED_ORIGINS, in production', () => {
    let production: TestServer;
    let token: string;
    beforeAll(async () => {
      production = await TestServer.start({ NODE_ENV: 'production', JWT_SECRET: 'of-the-tests-of-origins-alone-1234' });
      ({ token } = await LegacyClient.of(production));
    });
    afterAll(() => production.stop());

    const create = (origin: string | undefined, host = 'localhost:3000') => {
      const { body, type } = bodyOfPairs([...creating().slice(0, 2), ['sesskey', token]], 'urlencoded');
      const headers = { host, 'content-type': type, ...(origin !== undefined && { origin }) };
      return rawLegacy(production, { body, headers });
    };

    it.each([
      [undefined, 'localhost:3000'],
      ['http://localhost:3000', 'localhost:3000'],
      ['http://localhost', 'localhost'],
      ['http://localhost', 'localhost:80'],
      ['https://localhost', 'localhost'],
      ['https://localhost', 'localhost:443'],
      ['https://127.0.0.1', '127.0.0.1'],
      ['http://[::1]:3000', '[::1]:3000'],
    ])('accepts calls of pages of %s at %s', async (origin, host) => {
      expectStatus(await create(origin, host), 200);
    });

    it.each([
      ['https://evil.example', 'localhost:3000'],
      ['http://localhost:3001', 'localhost:3000'],
      ['http://localhost', 'localhost:3000'],
      ['http://localhost', 'localhost:443'],
      ['http://localhost.evil.example:3000', 'localhost:3000'],
      ['null', 'localhost:3000'],
      ['', 'localhost:3000'],
      ['*', 'localhost:3000'],
      ['localhost:3000', 'localhost:3000'],
      ['file://localhost:3000', 'localhost:3000'],
      ['http://localhost:3000 http://evil.example', 'localhost:3000'],
    ])('rejects calls of pages of "%s" at %s', async (origin, host) => {
      const before = await rowCounts(production);
      const answer = await create(origin, host);
      failure(answer, 403, 'foreign_origin');
      expectNoInternals(answer);
      expect(await rowCounts(production)).toEqual(before);
    });

    it('sends no CORS headers, also for preflights', async () => {
      for (const origin of ['http://localhost:3000', 'https://evil.example']) {
        expect(corsHeaders(await create(origin))).toEqual([]);
        for (const path of [...addresses, '/api/v1/sessions']) {
          const headers = { origin, 'access-control-request-method': 'POST' };
          const answer = await rawLegacy(production, { method: 'OPTIONS', path, headers });
          expect([answer.status, corsHeaders(answer)]).toEqual([405, []]);
        }
      }
    });
  });
});

describe('with ALLOWED_ORIGINS', () => {
  const allowed = 'https://moodle.example.org';
  const second = 'http://localhost:8080';
  const foreign = ['https://evil.example', 'http://moodle.example.org', 'https://moodle.example.org:8443', 'null', '*'];
  let server: TestServer;
  let page: LegacyClient;
  let token: string;

  beforeAll(async () => {
    server = await TestServer.start({ ALLOWED_ORIGINS: `${allowed},${second}` });
    page = await LegacyClient.of(server);
    ({ token } = page);
    await page.newSession('Before');
  });
  afterAll(() => server.stop());

  const expectReadable = (answer: Answer<unknown>, origin: string) => {
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    expect(answer.headers.get('vary')).toMatch(/\borigin\b/i);
  };
  const expectUnreadable = (answer: Answer<unknown>) => {
    expect(corsHeaders(answer)).toEqual([]);
    expect(answer.headers.get('vary')).toMatch(/\borigin\b/i);
  };

  it.each([allowed, second])('pages of %s may call and read the answers, also errors', async (origin) => {
    const answers: [number, Answer<unknown>][] = [
      [200, await page.call('create_chat_session', {}, { headers: { origin } })],
      [400, await page.call('nothing', {}, { headers: { origin } })],
      [401, await page.call('test', { sesskey: 'x' }, { headers: { origin } })],
      [404, await page.call('delete_chat_session', { session_id: 'x' }, { headers: { origin } })],
      [405, await rawLegacy(server, { method: 'GET', headers: { origin } })],
      [413, await page.send('x'.repeat(8_000_000), { headers: { origin, 'content-type': formTypes.urlencoded } })],
      [415, await page.send('x', { headers: { origin, 'content-type': 'text/plain' } })],
      [200, await rawCall(server.url, '/api/v1/sessions', { headers: { origin, authorization: `Bearer ${token}` } })],
      [401, await rawCall(server.url, '/api/v1/sessions', { headers: { origin } })],
      [404, await rawCall(server.url, '/nowhere', { headers: { origin } })],
    ];
    for (const [status, answer] of answers) {
      expect([answer.status, answer.text]).toEqual([status, answer.text]);
      expectReadable(answer, origin);
    }
  });

  it.each(foreign)('pages of %s may neither call nor read', async (origin) => {
    const before = await rowCounts(server);
    const answer = await page.call('create_chat_session', {}, { headers: { origin } });
    failure(answer, 403, 'foreign_origin');
    expectUnreadable(answer);
    const headers = { origin, authorization: `Bearer ${token}` };
    expectUnreadable(await rawCall(server.url, '/api/v1/sessions', { headers }));
    expect(await rowCounts(server)).toEqual(before);
  });

  it('callers without Origin and pages of this host may call', async () => {
    const none = await page.call('test');
    expectStatus(none, 200);
    expectUnreadable(none);
    const own = await page.call('test', {}, { headers: { origin: server.url } });
    expectStatus(own, 200);
    // Outside production pages of this machine may also read, of whatever port.
    expectReadable(own, server.url);
  });

  describe.each([...addresses, '/api/v1/sessions', '/api/v1/sessions/x'])('a preflight at %s', (path) => {
    const ask = (origin: string, method = 'POST', more: Record<string, string> = {}) =>
      rawLegacy(server, {
        method: 'OPTIONS',
        path,
        headers: { origin, 'access-control-request-method': method, ...more },
      });

    it('lists methods and headers for pages of allowed origins', async () => {
      const answer = await ask(allowed, 'POST', { 'access-control-request-headers': 'authorization,content-type' });
      expect([answer.status, answer.text]).toEqual([204, '']);
      expectReadable(answer, allowed);
      const list = (name: string) => (answer.headers.get(name) ?? '').toLowerCase().split(/, */);
      expect(list('access-control-allow-methods')).toEqual(['get', 'post', 'put', 'patch', 'delete']);
      expect(list('access-control-allow-headers')).toEqual(
        expect.arrayContaining([
          ...['authorization', 'content-type', 'x-requested-with', 'x-request-id'],
          ...['if-match', 'if-none-match', 'idempotency-key', 'last-event-id'],
        ]),
      );
      expect(answer.headers.get('access-control-max-age')).toMatch(/^\d+$/);
      expectReadable(await ask(second), second);
    });

    it.each(foreign)('gives pages of %s no permission', async (origin) => {
      const answer = await ask(origin);
      expect(answer.status).toBe(405);
      expectUnreadable(answer);
    });
  });

  it('OPTIONS that is not a preflight of an allowed origin is rejected', async () => {
    for (const path of addresses) {
      notAllowed(await rawLegacy(server, { method: 'OPTIONS', path }));
      notAllowed(await rawLegacy(server, { method: 'OPTIONS', path, headers: { origin: allowed } }));
      const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
      notAllowed(await rawLegacy(server, { method: 'OPTIONS', path, headers }));
    }
  });

  it('OPTIONS of an unknown path is 404', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    expect((await rawLegacy(server, { method: 'OPTIONS', path: '/nowhere', headers })).status).toBe(404);
  });
});
