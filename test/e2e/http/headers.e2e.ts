import { expectStatus, type Answer, type Client } from '../../support/rest/client.js';
import { refusal } from '../../support/rest/problems.js';
import { rawBytes, rawCall } from '../../support/rest/raw.js';
import { testSecret } from '../../support/rest/tokens.js';
import { TestServer } from '../../support/http/server.js';

describe('headers', () => {
  let server: TestServer;
  let client: Client;
  let id: string;

  beforeAll(async () => {
    server = await TestServer.start();
    client = await server.client();
    id = await client.newSession();
  });
  afterAll(() => server.stop());

  const answers: [string, () => Promise<Answer<unknown>>][] = [
    ['a session', () => client.session(id)],
    ['a new session', () => client.createSession()],
    ['a list', () => client.sessions()],
    ['an empty answer', () => client.clear(id)],
    ['a problem', () => client.session('missing')],
    ['invalid fields', () => client.rename(id, '')],
    ['a body that is not JSON', () => client.call('POST', '/api/v1/sessions', undefined, { raw: '{' })],
    ['an unknown path', () => client.call('GET', '/nowhere')],
    ['a request without a token', () => rawCall(server.url, '/api/v1/sessions')],
    ['a URL that cannot be decoded', () => rawCall(server.url, '/%zz')],
    ['a foreign Host', () => rawCall(server.url, '/openapi.json', { headers: { host: 'evil.example' } })],
    ['health', () => client.call('GET', '/livez')],
    ['the OpenAPI document', () => client.call('GET', '/openapi.json')],
  ];

  it.each(answers)('protect %s', async (_, ask) => {
    const { headers } = await ask();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toMatch(/^(DENY|SAMEORIGIN)$/);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
  });

  it('of a URL that cannot be decoded are those of an unknown path', async () => {
    const [undecodable, unknown] = await Promise.all(
      ['/%zz', '/nowhere'].map((path) => rawCall(server.url, path).then(({ headers }) => headers)),
    );
    const names = [...(unknown?.keys() ?? [])];
    expect(names).toContain('cross-origin-opener-policy');
    for (const name of names.filter((header) => !['content-length', 'date', 'x-request-id'].includes(header))) {
      expect([name, undecodable?.get(name)]).toEqual([name, unknown?.get(name)]);
    }
  });

  it.each(answers)('do not name the software of %s, and allow no foreign page to read it', async (_, ask) => {
    const { headers } = await ask();
    for (const name of ['x-powered-by', 'server', 'set-cookie', 'access-control-allow-origin']) {
      expect([name, headers.get(name)]).toEqual([name, null]);
    }
  });

  it('of a preflight from a foreign page give no permission', async () => {
    const headers = { origin: 'http://evil.example', 'access-control-request-method': 'POST' };
    const answer = await rawCall(server.url, '/api/v1/sessions', { method: 'OPTIONS', headers });
    refusal(answer, 405, 'method_not_allowed');
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  describe('of a probe', () => {
    const paths = ['/livez', '/readyz'];

    it.each(['10.244.1.7:3000', 'chat-store.default.svc', 'evil.example', 'localhost', 'a b', '192.0.2.7', '[::1'])(
      'may have any Host: %j',
      async (host) => {
        for (const path of [...paths, '/livez?x=1'])
          expectStatus(await rawCall(server.url, path, { headers: { host } }), 200);
        for (const path of ['/livez/', '/readyz/x', '//livez', '/LIVEZ', '/docs', '/openapi.json', '/nowhere', '/']) {
          if (host !== 'localhost')
            refusal(await rawCall(server.url, path, { headers: { host } }), 421, 'misdirected_request');
        }
        if (host === 'localhost') return;
        refusal(await rawCall(server.url, '/livez', { method: 'POST', headers: { host } }), 421, 'misdirected_request');
      },
    );

    it('may have no Host, as in HTTP/1.0', async () => {
      for (const path of paths)
        expect(await rawBytes(server.url, `GET ${path} HTTP/1.0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
    });

    it('may not have two Hosts, nor an absolute URL', async () => {
      for (const head of ['/readyz HTTP/1.1\r\nHost: 10.0.0.1', 'http://evil.example/readyz HTTP/1.1']) {
        const text = await rawBytes(server.url, `GET ${head}\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
        expect(text).toMatch(/^HTTP\/1\.1 4(21|00) /);
      }
    });
  });

  describe('HEAD', () => {
    it.each(['/livez', '/readyz', '/api/v1/sessions', '/api/v1/sessions/{id}', '/api/v1/sessions/{id}/messages'])(
      'of %s has the headers of GET and no body',
      async (route) => {
        const path = route.replace('{id}', id);
        const get = await client.call('GET', path);
        const headers = { authorization: `Bearer ${client.token}` };
        const raw = await rawCall(server.url, path, { method: 'HEAD', headers });
        expect([raw.status, raw.text]).toEqual([200, '']);
        for (const name of ['content-type', 'content-length', 'cache-control']) {
          expect([name, raw.headers.get(name)]).toEqual([name, get.headers.get(name)]);
        }
      },
    );

    it('needs a token like GET', async () => {
      const answer = await rawCall(server.url, '/api/v1/sessions', { method: 'HEAD' });
      expect([answer.status, answer.text, answer.headers.get('www-authenticate')]).toEqual([401, '', 'Bearer']);
    });
  });

  describe('Host', () => {
    const paths = ['/docs', '/openapi.json', '/api', '/api/v1/sessions', '/nowhere', '/'];
    const foreign = [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'evil.example:80',
      '192.0.2.1',
    ];
    const odd = ['local host', 'localhost:', 'localhost:x', '[::2]', '[::1', '::1', 'user@localhost', 'localhost,x'];

    it.each(paths)('with a foreign name is rejected at %s, before any other check', async (path) => {
      for (const host of [...foreign, ...odd]) {
        const headers = { host, authorization: `Bearer ${client.token}` };
        const answer = await rawCall(server.url, path, { headers });
        expect([host, answer.status]).toEqual([host, 421]);
        refusal(answer, 421, 'misdirected_request');
      }
    });

    it.each(['GET /docs HTTP/1.1\r\nHost:\r\nConnection: close', 'GET /docs HTTP/1.0'])(
      'that is empty or missing is rejected: %j',
      async (head) => {
        expect(await rawBytes(server.url, `${head}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 421 /);
      },
    );

    it('is required', async () => {
      const text = await rawBytes(server.url, 'GET /docs HTTP/1.1\r\nConnection: close\r\n\r\n');
      expect(text).toMatch(/^HTTP\/1\.1 4(00|21) /);
      expect(text).not.toContain('<html');
    });

    it('with a foreign name is rejected for POST, and nothing is written', async () => {
      const before = (await client.sessions()).text;
      const headers = {
        host: 'evil.example',
        authorization: `Bearer ${client.token}`,
        'content-type': 'application/json',
      };
      const send = (body: string) => rawCall(server.url, '/api/v1/sessions', { method: 'POST', headers, body });
      refusal(await send('{}'), 421, 'misdirected_request');
      refusal(await send('{'), 421, 'misdirected_request');
      expect((await client.sessions()).text).toBe(before);
    });

    it.each([
      'localhost',
      'LOCALHOST',
      'localhost:3000',
      '127.0.0.1',
      '127.0.0.1:1',
      '127.1.2.3',
      '[::1]',
      '[::1]:3000',
    ])('may be %s', async (host) => {
      expect((await rawCall(server.url, '/openapi.json', { headers: { host } })).status).toBe(200);
    });
  });
});

describe('ALLOWED_HOSTS', () => {
  it('allows additional names in Host', async () => {
    const server = await TestServer.start({
      JWT_SECRET: testSecret,
      ALLOWED_HOSTS: 'chat.example, Proxy.Example,[2001:db8::1],192.0.2.7',
    });
    try {
      const status = async (host: string) => (await rawCall(server.url, '/openapi.json', { headers: { host } })).status;
      const names = [
        'chat.example',
        'CHAT.example:8443',
        'proxy.example',
        '[2001:db8::1]',
        '[2001:DB8::1]:443',
        '192.0.2.7',
      ];
      for (const name of [...names, 'localhost']) expect([name, await status(name)]).toEqual([name, 200]);
      for (const name of ['example', 'a.chat.example', 'chat.example.evil', 'evil.example', '192.0.2.8']) {
        expect([name, await status(name)]).toEqual([name, 421]);
      }
    } finally {
      await server.stop();
    }
  });
});
