import { expectStatus, type Client } from '../../support/rest/client.js';
import { refusal } from '../../support/rest/problems.js';
import { rawCall } from '../../support/rest/raw.js';
import { testSecret } from '../../support/rest/tokens.js';
import { TestServer } from '../../support/http/server.js';
import { full } from '../../support/run/full.js';

const prefix = '/chat-api';
const script = '/docs/swagger-ui-init.js';

/** Every URL that the server gives out, without the prefix that it should have. */
async function urlsOf(server: TestServer, client: Client, headers: Record<string, string> = {}, base = '') {
  const options = { headers };
  const created = await client.call<unknown>('POST', `${base}/api/v1/sessions`, {}, options);
  const message = { role: 'user', content: 'Hello' };
  const saved = await client.call<unknown>('POST', `${base}/api/v1/messages`, message, options);
  const missing = await client.call('GET', `${base}/api/v1/sessions/missing?limit=1`, undefined, options);
  const undecodable = await rawCall(server.url, `${base}/%zz`, options);
  const { text } = await rawCall(server.url, `${base}/openapi.json`, options);
  const page = await rawCall(server.url, `${base}${script}`, options);
  expectStatus(created, 201);
  expectStatus(saved, 201);
  return {
    session: created.headers.get('location')?.replace(/[^/]*$/, ''),
    message: saved.headers.get('location')?.replace(/sessions\/.*$/, 'sessions/'),
    missing: refusal(missing, 404, 'session_not_found').instance,
    undecodable: undecodable.body.instance,
    servers: (JSON.parse(text) as { servers: { url: string }[] }).servers.map(({ url }) => url),
    serversOfPage: [...page.text.matchAll(/"servers": \[\s*\{\s*"url": "([^"]*)"/g)].map(([, url]) => url),
  };
}

function urlsWith(path: string) {
  return {
    session: `${path}/api/v1/sessions/`,
    message: `${path}/api/v1/sessions/`,
    missing: `${path}/api/v1/sessions/missing`,
    undecodable: `${path}/%zz`,
    servers: [path === '' ? '/' : path],
    serversOfPage: [path === '' ? '/' : path],
  };
}

describe('with PUBLIC_URL', () => {
  let server: TestServer;
  let client: Client;

  beforeAll(async () => {
    const environment = { JWT_SECRET: testSecret, TRUSTED_PROXIES: '127.0.0.1' };
    server = await TestServer.start({ ...environment, PUBLIC_URL: `https://site.example${prefix}` });
    client = await server.client();
  });
  afterAll(() => server.stop());

  it('every URL in an answer begins with its path, whatever X-Forwarded-Prefix says', async () => {
    expect(await urlsOf(server, client)).toEqual(urlsWith(prefix));
    expect(await urlsOf(server, client, { 'x-forwarded-prefix': '/other' })).toEqual(urlsWith(prefix));
  });

  it('a request whose path still has that path gets the same answers', async () => {
    expect(await urlsOf(server, client, {}, prefix)).toEqual(urlsWith(prefix));
    expectStatus(await client.call('GET', `${prefix}/readyz`), 200);
    expectStatus(await client.call('GET', `${prefix}/`), 200);
    for (const path of [prefix, `${prefix}x/livez`, `${prefix}${prefix}/livez`, '/other/livez']) {
      expect([path, (await client.call('GET', path)).status]).toEqual([path, 404]);
    }
    refusal(await client.call('PUT', `${prefix}/api/v1/sessions`), 405, 'method_not_allowed');
    refusal(await rawCall(server.url, `${prefix}/api/v1/sessions`), 401, 'unauthenticated');
  });

  it('its host and its origin are allowed', async () => {
    for (const host of ['site.example', 'SITE.example:8443']) {
      expect((await rawCall(server.url, '/openapi.json', { headers: { host } })).status).toBe(200);
    }
    const allowed = async (origin: string) =>
      (await rawCall(server.url, '/api/v1/sessions', { headers: { origin } })).headers.get(
        'access-control-allow-origin',
      );
    expect(await allowed('https://site.example')).toBe('https://site.example');
    expect(await allowed('http://site.example')).toBeNull();
  });

  it('every file that the docs page names exists below its path', async () => {
    const html = (await rawCall(server.url, '/docs')).text;
    const files = [...html.matchAll(/\b(?:src|href)="([^"]+)"/g)].map(([, file = '']) => file);
    expect(files.length).toBeGreaterThanOrEqual(4);
    for (const file of files) {
      const { pathname } = new URL(file, `https://site.example${prefix}/docs`);
      expect(pathname.startsWith(`${prefix}/docs/`)).toBe(true);
      expect((await rawCall(server.url, pathname.slice(prefix.length))).status).toBe(200);
    }
  });
});

describe('PUBLIC_URL with a path that a route has too', () => {
  it.each(full(['/api', '/docs', '/mod'], ['/api']))('%s: works whether the proxy removes it or not', async (path) => {
    const server = await TestServer.start({ JWT_SECRET: testSecret, PUBLIC_URL: `http://site.example${path}/` });
    try {
      const client = await server.client();
      expect(await urlsOf(server, client)).toEqual(urlsWith(path));
      const { body } = await client.call('GET', `${path}/api/v1/sessions/missing`);
      expect([body.code, body.instance]).toEqual(
        path === '/docs'
          ? ['not_found', `${path}${path}/api/v1/sessions/missing`]
          : ['session_not_found', `${path}/api/v1/sessions/missing`],
      );
    } finally {
      await server.stop();
    }
  });
});

describe('X-Forwarded-Prefix', () => {
  let server: TestServer;
  let client: Client;

  const start = async (trustedProxies: string) => {
    server = await TestServer.start({ JWT_SECRET: testSecret, TRUSTED_PROXIES: trustedProxies });
    client = await server.client();
  };
  afterEach(() => server.stop());

  it.each(full(['127.0.0.1', '10.0.0.0/8,127.0.0.0/8', '::ffff:127.0.0.1'], ['10.0.0.0/8,127.0.0.0/8']))(
    'of the trusted proxy %s begins every URL in an answer',
    async (proxies) => {
      await start(proxies);
      const longest = `/${'x'.repeat(199)}`;
      for (const given of [prefix, `${prefix}/`, '/a/b', '/A-1_2.3~', '/...', longest]) {
        expect(await urlsOf(server, client, { 'x-forwarded-prefix': given })).toEqual(
          urlsWith(given.replace(/\/$/, '')),
        );
      }
    },
  );

  it('that is no plain path is ignored', async () => {
    await start('127.0.0.1');
    const wrong = [
      ...['', '/', 'chat-api', '//evil.example', '/a//b', '/..', '/a/../b', '/.', '/a/./b', '/a b', '/%2e%2e', '/a?b'],
      ...[
        '/a#b',
        '/a\\b',
        '/a:b',
        '/a@b',
        '/a,b',
        '/a, /b',
        'https://evil.example/a',
        '/<script>',
        `/${'x'.repeat(200)}`,
      ],
    ];
    for (const given of wrong) {
      const headers = { 'x-forwarded-prefix': given };
      const missing = await client.call('GET', '/api/v1/sessions/missing', undefined, { headers });
      expect([given, missing.body.instance]).toEqual([given, '/api/v1/sessions/missing']);
    }
  });

  it.each(full(['10.0.0.0/8', '127.0.0.2,::1'], ['127.0.0.2,::1']))(
    'of a client that is not among %s is ignored',
    async (proxies) => {
      await start(proxies);
      expect(await urlsOf(server, client, { 'x-forwarded-prefix': prefix, 'x-forwarded-for': '10.0.0.1' })).toEqual(
        urlsWith(''),
      );
    },
  );

  it('does not change which paths have routes', async () => {
    await start('127.0.0.1');
    const headers = { 'x-forwarded-prefix': prefix };
    refusal(await client.call('GET', `${prefix}/livez`, undefined, { headers }), 404, 'not_found');
  });
});
