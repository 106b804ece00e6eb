import { expectStatus, type Answer, type Client } from '../../support/rest/client.js';
import { rawBytes } from '../../support/rest/raw.js';
import { TestServer } from '../../support/http/server.js';

describe('conditional requests', () => {
  let server: TestServer;
  let client: Client;
  let session: string;

  beforeAll(async () => {
    server = await TestServer.start({ ALLOWED_ORIGINS: 'https://other.example' });
  });
  beforeEach(async () => {
    client = await server.client();
    session = await client.newSession();
    expectStatus(await client.save(session, { content: 'How long is the Nile?' }), 201);
  });
  afterAll(() => server.stop());

  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    client.call<unknown>(method, path, undefined, { headers });
  const etagOf = ({ headers }: Answer<unknown>) => headers.get('etag') ?? '';

  describe.each([
    ['sessions', () => '/api/v1/sessions'],
    ['messages', () => `/api/v1/sessions/${session}/messages`],
  ])('for a list of %s', (_, path) => {
    it('get a weak ETag, and 304 without a body until the list changes', async () => {
      const first = await get(path());
      const etag = etagOf(first);
      expect(etag).toMatch(/^W\/"[0-9a-f]{32}"$/);
      const again = await get(path(), { 'if-none-match': etag });
      expect([again.status, again.text, etagOf(again)]).toEqual([304, '', etag]);
      expect(etagOf(await get(path()))).toBe(etag);
      expectStatus(await client.save(session, { content: 'And the Rhine?' }), 201);
      const changed = await get(path(), { 'if-none-match': etag });
      expect(changed.status).toBe(200);
      expect(etagOf(changed)).not.toBe(etag);
    });

    it.each([
      ['the tag', (tag: string) => `W/${tag}`],
      ['the tag as a strong one', (tag: string) => tag],
      ['the tag among others', (tag: string) => `"a", W/"b,c" ,W/${tag},"d"`],
      ['any', () => '*'],
      ['any, with spaces', () => ' * '],
    ])('get 304 if If-None-Match names %s', async (__, headerOf) => {
      const tag = etagOf(await get(path())).replace('W/', '');
      expect((await get(path(), { 'if-none-match': headerOf(tag) })).status).toBe(304);
    });

    it.each([
      ['another tag', () => 'W/"x"'],
      ['the beginning of the tag', (tag: string) => `${tag.slice(0, -2)}"`],
      ['the tag in capitals', (tag: string) => tag.toUpperCase()],
      ['the tag without quotes', (tag: string) => tag.replaceAll('"', '')],
      ['a star in quotes', () => '"*"'],
      ['nothing', () => ''],
    ])('get the list if If-None-Match names %s', async (__, headerOf) => {
      const first = await get(path());
      const answer = await get(path(), { 'if-none-match': headerOf(etagOf(first).replace('W/', '')) });
      expect([answer.status, answer.text]).toEqual([200, first.text]);
    });

    it('get the same headers with 304 as with 200, but those of the body', async () => {
      const headers = { origin: 'https://other.example', 'accept-encoding': 'br' };
      const whole = await get(path(), headers);
      const none = await get(path(), { ...headers, 'if-none-match': '*' });
      const changing = ['content-type', 'content-length', 'content-encoding', 'date', 'x-request-id'];
      for (const name of [...whole.headers.keys()].filter((one) => !changing.includes(one))) {
        expect([name, none.headers.get(name)]).toEqual([name, whole.headers.get(name)]);
      }
      for (const name of changing.slice(0, 3)) expect([name, none.headers.get(name)]).toEqual([name, null]);
      expect(none.headers.get('vary')).toBe('Origin, Accept-Encoding');
      expect(none.headers.get('cache-control')).toBe('no-store');
      expect(none.headers.get('access-control-expose-headers')).toMatch(/\betag\b/);
    });

    it('by HEAD get the same ETag and 304', async () => {
      const etag = etagOf(await get(path()));
      const head = await get(path(), {}, 'HEAD');
      expect([head.status, etagOf(head)]).toEqual([200, etag]);
      const none = await get(path(), { 'if-none-match': etag }, 'HEAD');
      expect([none.status, etagOf(none), none.headers.get('content-length')]).toEqual([304, etag, null]);
    });

    it('have one ETag for all encodings, and one for each page', async () => {
      expect(etagOf(await get(path(), { 'accept-encoding': 'gzip' }))).toBe(etagOf(await get(path())));
      await client.newSession();
      await client.save(session, { content: 'x' });
      expect(etagOf(await get(`${path()}?limit=1`))).not.toBe(etagOf(await get(path())));
    });

    it('leave the connection usable after 304', async () => {
      const request = `GET ${path()} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${client.token}\r\n`;
      const bytes = `${request}If-None-Match: *\r\n\r\n${request}Connection: close\r\n\r\n`;
      expect(
        [...(await rawBytes(server.url, bytes)).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status),
      ).toEqual(['304', '200']);
    });
  });

  it('have no effect on errors, changes and other resources', async () => {
    const any = { 'if-none-match': '*' };
    const path = `/api/v1/sessions/${session}`;
    expect((await get('/api/v1/sessions/missing/messages', any)).status).toBe(404);
    expect((await get('/api/v1/sessions?limit=x', any)).status).toBe(422);
    for (const one of [path, '/api/v1/sessions/active', '/livez', '/openapi.json']) {
      const answer = await get(one, any);
      // The version of a session, which does not change when a message is saved.
      const etag = one.includes('/sessions/') ? '"1"' : null;
      expect([one, answer.status, answer.headers.get('etag')]).toEqual([one, 200, etag]);
    }
    const message = { role: 'user', content: 'x' };
    const saved = await client.call<unknown>('POST', `${path}/messages`, message, { headers: any });
    expect([saved.status, saved.headers.get('etag')]).toEqual([201, null]);
    const cleared = await get(`${path}/messages`, any, 'DELETE');
    expect([cleared.status, cleared.headers.get('etag')]).toEqual([204, null]);
  });
});
