import { randomUUID } from 'node:crypto';
import type { ProblemDto } from '../../../src/http/problem.dto.js';
import { expectStatus, type Answer, type Client } from '../../support/rest/client.js';
import { refusal, wrongFields } from '../../support/rest/problems.js';
import { rawBytes, rawCall } from '../../support/rest/raw.js';
import { TestServer } from '../../support/http/server.js';
import { shortestMs } from '../../support/run/shortest-ms.js';

describe('HTTP', () => {
  let server: TestServer;
  let client: Client;
  let id: string;

  beforeAll(async () => {
    server = await TestServer.start();
    client = await server.client();
    id = await client.newSession({ title: 'Before' });
  });
  afterAll(() => server.stop());

  const post = (raw: string | Uint8Array, headers: Record<string, string> = {}, path = '/api/v1/sessions') =>
    client.call('POST', path, undefined, { raw, headers });
  const count = async () => expectStatus(await client.sessions('?limit=200'), 200).data.length;

  describe('a body', () => {
    let before: number;
    beforeEach(async () => {
      before = await count();
    });
    afterEach(async () => {
      expect(await count()).toBe(before);
    });

    it.each<[string, string | Uint8Array]>([
      ['cut short', '{"title":"x"'],
      ['with a trailing comma', '{"title":"x",}'],
      ['with single quotes', "{'title':'x'}"],
      ['with a comment', '{"title":"x"/**/}'],
      ['with a line break in a string', '{"title":"a\nb"}'],
      ['with an invalid escape', '{"title":"\\x41"}'],
      ['with NaN', '{"title":NaN}'],
      ['with two values', '{}{}'],
      ['of spaces', '  '],
      ['of a form', 'title=x'],
      ['with a NUL after it', '{}\0'],
      ['with a byte that UTF-8 does not use', Buffer.from('7b227469746c65223a22ff227d', 'hex')],
      ['with a character in too many bytes', Buffer.from('7b227469746c65223a22c0af227d', 'hex')],
      ['with half of a pair in UTF-8', Buffer.from('7b227469746c65223a22eda080227d', 'hex')],
      ['in UTF-16', Buffer.from('{"title":"x"}', 'utf16le')],
      ['in Latin 1', Buffer.from('{"title":"\u00e9"}', 'latin1')],
    ])('%s is malformed', async (_, raw) => {
      refusal(await post(raw), 400, 'malformed_json');
    });

    it.each([
      ['twice', '{"title":"a","title":"b"}', 'title'],
      ['twice with the same value', '{"title":"a","title":"a"}', 'title'],
      ['in two spellings', '{"title":"a","\\u0074itle":"b"}', 'title'],
      ['behind quotes and backslashes', '{"id":"a","title":"\\\\\\"","title":"\\\\"}', 'title'],
      ['after spaces', '{"title"\n:"a", "title" \t:"b"}', 'title'],
      ['first as an object', '{"title":{"id":1},"title":"b"}', 'title'],
    ])('with a repeated field is rejected with its name: %s', async (_, raw, name) => {
      const { detail } = refusal(await post(raw), 400, 'repeated_field');
      expect(detail).toBe(`The body has the field "${name}" more than once.`);
    });

    it.each(['[]', '[{"title":"x"}]', '"text"', '5', 'true', 'false', 'null'])(
      'that is %s is rejected, because it is not an object',
      async (raw) => {
        for (const path of ['/api/v1/sessions', '/api/v1/messages']) {
          const { errors } = refusal(await post(raw, {}, path), 422, 'validation_failed');
          expect(errors).toEqual([{ in: 'body', pointer: '', detail: 'must be a JSON object' }]);
        }
      },
    );

    it.each([
      ['a list in lists', '['.repeat(100_000) + ']'.repeat(100_000)],
      ['an object in objects', '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)],
      ['a field of lists', `{"title":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ])('100,000 levels deep is rejected within 3 seconds: %s', async (_, raw) => {
      const ms = await shortestMs(3000, async () => refusal(await post(raw), 400, 'too_many_fields'));
      expect(ms).toBeLessThan(3000);
    });

    it('with 100,000 fields is rejected within 3 seconds', async () => {
      const fields = Object.fromEntries(Array.from({ length: 100_000 }, (__, n) => [`field${n}`, 'x']));
      const ms = await shortestMs(3000, async () =>
        refusal(await client.createSession(fields), 400, 'too_many_fields'),
      );
      expect(ms).toBeLessThan(3000);
    });

    it.each([
      ['a list in lists', '['.repeat(1000) + ']'.repeat(1000), ['']],
      ['an object in objects', '{"a":'.repeat(1000) + '1' + '}'.repeat(1000), ['/a']],
      ['a field of lists', `{"title":${'['.repeat(1000)}${']'.repeat(1000)}}`, ['/title']],
    ])('1,000 levels deep is rejected with the name of the field: %s', async (_, raw, pointers) => {
      expect(wrongFields(await post(raw))).toEqual(pointers);
    });

    it('with 1,000 fields is rejected', async () => {
      const fields = Object.fromEntries(Array.from({ length: 1000 }, (__, n) => [`field${n}`, 'x']));
      const { errors } = refusal(await client.createSession(fields), 422, 'validation_failed');
      expect(errors).toEqual([{ in: 'body', pointer: '', detail: 'must have at most 50 fields' }]);
    });

    it('over the limit is rejected, with and without Content-Length', async () => {
      const limit = 7 * 1024 * 1024 + 64 * 1024;
      const body = `{"title":"${'x'.repeat(limit)}"}`;
      refusal(await post(body), 413, 'body_too_large');
      const headers = {
        authorization: `Bearer ${client.token}`,
        'content-type': 'application/json',
        'transfer-encoding': 'chunked',
      };
      refusal(await rawCall(server.url, '/api/v1/sessions', { method: 'POST', headers, body }), 413, 'body_too_large');
    });

    it.each([
      'text/plain',
      'text/plain; charset=utf-8',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
      'application/jsonp',
      'application/json-patch+json',
      'text/json',
      'application/octet-stream',
      'json',
      '*/*',
      ' ',
    ])('of the type "%s" is rejected', async (type) => {
      refusal(await post('{"title":"x"}', { 'content-type': type }), 415, 'unsupported_media_type');
    });
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON;charset=UTF-8'])(
    'a body of the type "%s" is accepted',
    async (type) => {
      expectStatus((await post('{"title":"x"}', { 'content-type': type })) as Answer<unknown>, 201);
    },
  );

  describe('a missing body', () => {
    it('counts as an empty object if no field is required', async () => {
      expectStatus(await client.call('POST', '/api/v1/sessions'), 201);
      expectStatus(await post(''), 201);
    });

    it('is rejected if fields are required', async () => {
      expect(wrongFields(await client.call('POST', '/api/v1/messages'))).toEqual(['/content', '/role']);
      expect(wrongFields(await client.call('PATCH', `/api/v1/sessions/${id}`))).toEqual(['/title']);
    });

    it.each<[string, string, string, number]>([
      ['DELETE', '/messages', '', 204],
      ['POST', '/activate', '', 200],
      ['POST', '/activate', '{}', 200],
      ['DELETE', '', '', 204],
    ])(
      'is accepted by %s /sessions/{id}%s, also with the JSON type and the body "%s"',
      async (method, rest, raw, status) => {
        const session = await client.newSession();
        const path = `/api/v1/sessions/${session}${rest}`;
        expectStatus(
          await client.call(method, path, undefined, { raw, headers: { 'content-type': 'application/json' } }),
          status,
        );
      },
    );
  });

  describe('a URL', () => {
    it.each<[string, string]>([
      ['GET', '/api'],
      ['GET', '/api/v2/sessions'],
      ['GET', '/api/v1/sessions/'],
      ['GET', '/API/v1/sessions'],
      ['GET', '/api/v1//sessions'],
      ['GET', '/favicon.ico'],
      ['GET', '/api/v1/sessions/../../../etc/passwd'],
      ['GET', '/docs/..%2f..%2fpackage.json'],
      ['GET', '/docs/..%2f..%2f.git/config'],
      ['GET', '/.git/config'],
    ])('%s %s is 404', async (method, path) => {
      const headers = { authorization: `Bearer ${client.token}` };
      refusal(await rawCall(server.url, path, { method, headers }), 404, 'not_found');
    });

    it.each([
      ['GET', '/api/v1/messages', 'POST'],
      ['DELETE', '/api/v1/sessions', 'GET, HEAD, POST'],
      ['PUT', '/api/v1/sessions/x', 'DELETE, GET, HEAD, PATCH'],
      ['GET', '/api/v1/sessions/x/activate', 'POST'],
      ['PATCH', '/api/v1/sessions/x/messages?limit=5', 'DELETE, GET, HEAD, POST'],
      ['POST', '/api/v1/sessions/x/messages/1', 'DELETE, GET, HEAD, PATCH, PUT'],
      ['POST', '/livez', 'GET, HEAD'],
    ])('rejects %s %s and lists the methods %s', async (method, path, allowed) => {
      const answer = await client.call(method, path);
      refusal(answer, 405, 'method_not_allowed');
      expect(answer.headers.get('allow')).toBe(allowed);
    });

    it.each(['/%zz', '/api/v1/sessions/%', '/api/v1/sessions/%E0%A4%A', '/api/v1/sessions/%ff'])(
      'that cannot be decoded is rejected: %s',
      async (path) => {
        const headers = { authorization: `Bearer ${client.token}` };
        refusal(await rawCall(server.url, path, { headers }), 400, 'bad_request');
      },
    );

    it.each([101, 1000, 7000])('with an id of %s characters is 404', async (length) => {
      refusal(await client.session('x'.repeat(length)), 404, 'session_not_found');
    });

    it('that is too long is rejected with a problem', async () => {
      const text = await rawBytes(server.url, `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      expect(text).toMatch(/^HTTP\/1\.1 431 /);
      expect(text).toContain('Content-Type: application/problem+json; charset=utf-8\r\n');
      const problem = JSON.parse(text.slice(text.indexOf('\r\n\r\n'))) as ProblemDto;
      expect(problem).toMatchObject({ status: 431, code: 'headers_too_large', instance: '/' });
    });

    it.each([
      'hello\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n',
      '\x16\x03\x01\x02\x00',
    ])('in a request that is not valid HTTP gets 400 and a closed connection: %j', async (bytes) => {
      const text = await rawBytes(server.url, bytes);
      expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
      expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).toMatchObject({ status: 400, code: 'bad_request' });
    });
  });

  it('a request with an unknown Expect is handled like others', async () => {
    const headers = { expect: 'x' };
    refusal(await rawCall(server.url, '/api/v1/sessions', { headers }), 401, 'unauthenticated');
    expectStatus(await client.call('GET', '/api/v1/sessions', undefined, { headers }), 200);
  });

  describe('X-Request-Id', () => {
    const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
    const withId = (given: string, path = '/api/v1/sessions/missing') =>
      client.call('GET', path, undefined, { headers: { 'x-request-id': given } });

    it.each(['a', 'A-1_2.3:4', 'x'.repeat(64), randomUUID()])('"%s" is used', async (given) => {
      const answer = await withId(given);
      expect(refusal(answer, 404, 'session_not_found').requestId).toBe(given);
      expect((await withId(given, '/livez')).headers.get('x-request-id')).toBe(given);
      expect((await withId(given, '/nowhere')).headers.get('x-request-id')).toBe(given);
    });

    it.each(['', 'x'.repeat(65), 'a b', 'a,b', '<script>', '{"a":1}', 'ä', '%0d%0a', '../x'])(
      '"%s" is replaced',
      async (given) => {
        const answer = await withId(given);
        expect(refusal(answer, 404, 'session_not_found').requestId).toMatch(uuid);
      },
    );

    it('is generated for each request that has none or two', async () => {
      const headers = { 'x-request-id': ['a', 'b'], authorization: `Bearer ${client.token}` };
      const twice = await rawCall(server.url, '/api/v1/sessions', { headers });
      const none = await client.sessions();
      const ids = [twice, none, await client.sessions()].map((answer) => answer.headers.get('x-request-id'));
      for (const one of ids) expect(one).toMatch(uuid);
      expect(new Set(ids).size).toBe(3);
    });
  });
});
