import { expectStatus } from '../../../support/rest/client.js';
import {
  boundary,
  bodyOfPairs,
  formTypes,
  rawLegacy,
  rowCounts,
  type TypedBody,
} from '../../../support/legacy/bodies.js';
import {
  LegacyClient,
  encodings,
  failure,
  firstAddress,
  laterAddress,
  messageId,
} from '../../../support/legacy/client.js';
import { rawBytes } from '../../../support/rest/raw.js';
import { TestServer } from '../../../support/http/server.js';
import { Upstream, bodyAsSent, project } from '../../../support/legacy/upstream.js';

const mebibyte = 1024 * 1024;

describe('with LEGACY_UPSTREAM_URL', () => {
  let upstream: Upstream;
  let server: TestServer;
  let page: LegacyClient;

  beforeAll(async () => {
    upstream = await Upstream.start();
    server = await TestServer.start({ LEGACY_UPSTREAM_URL: upstream.url, LOG_LEVEL: 'trace' });
    page = await LegacyClient.of(server);
    await page.newSession('Before');
  });
  beforeEach(() => {
    upstream.reset();
  });
  afterAll(async () => {
    await server.stop();
    await upstream.stop();
  });

  const send = ({ body, type }: TypedBody, headers: Record<string, string> = {}, path = firstAddress) =>
    rawLegacy(server, { body, path, headers: { 'content-type': type, ...headers } });
  const form = (fields: Record<string, string>) => bodyOfPairs(Object.entries(fields), 'urlencoded');
  describe.each(encodings)('sent as %s', (encoding) => {
    it.each(['load_project', 'save_project', 'proxy_chat', 'migrate_project', 'x'])(
      'the unknown action %s is proxied for every caller',
      async (action) => {
        const before = await rowCounts(server);
        const body = bodyOfPairs(
          [
            ['action', action],
            ['project_data', '{"a":"é%41"}'],
          ],
          encoding,
        );
        const answer = await send(body, { origin: 'https://evil.example' });
        expect([answer.status, answer.text]).toEqual([200, project]);
        expect(upstream.only).toMatchObject({ method: 'POST', url: firstAddress });
        expect(bodyAsSent(upstream.only).toString()).toBe(body.body);
        const [type] = upstream.only.headers['content-type'] ?? [];
        expect(type?.replace(/[0-9a-f]{32}/, boundary)).toBe(body.type);
        expect(await rowCounts(server)).toEqual(before);
      },
    );

    it('a body without an action is proxied', async () => {
      expect((await send(bodyOfPairs([['cmid', '1']], encoding))).text).toBe(project);
      expect(upstream.received).toHaveLength(1);
    });

    it('unknown and repeated fields are proxied unchanged', async () => {
      const repeated: [string, string][] = [
        ['action', 'log_activity'],
        ['a[]', 'x'],
        ['a[]', 'y'],
      ];
      const more = Array.from({ length: 60 }, (_, n): [string, string] => [`field${n}`, 'x']);
      const fields = encoding === 'json' ? more : [...repeated, ...more];
      const body = bodyOfPairs(fields, encoding);
      expect((await send(body)).text).toBe(project);
      expect(bodyAsSent(upstream.only).toString()).toBe(body.body);
    });

    it('8 MiB are proxied byte for byte', async () => {
      const body = bodyOfPairs(
        [
          ['action', 'save_project'],
          ['project_data', 'é'.repeat(mebibyte)],
        ],
        encoding,
      );
      const large = bodyOfPairs(
        [
          ['action', 'save_project'],
          ['project_data', 'x'.repeat(8 * mebibyte)],
        ],
        encoding,
      );
      for (const sent of [body, large]) {
        upstream.reset();
        expect((await send(sent)).text).toBe(project);
        expect(bodyAsSent(upstream.only).equals(Buffer.from(sent.body))).toBe(true);
      }
    });

    it('16 MiB are proxied, and one more byte is rejected', async () => {
      const empty = bodyOfPairs(
        [
          ['action', 'save_project'],
          ['project_data', ''],
        ],
        encoding,
      ).body.length;
      const of = (length: number) =>
        bodyOfPairs(
          [
            ['action', 'save_project'],
            ['project_data', 'x'.repeat(length - empty)],
          ],
          encoding,
        );
      expect((await send(of(16 * mebibyte))).text).toBe(project);
      expect(bodyAsSent(upstream.only)).toHaveLength(16 * mebibyte);
      failure(await send(of(16 * mebibyte + 1)), 413, 'body_too_large');
      expect(upstream.received).toHaveLength(1);
    });

    it('known actions are not proxied', async () => {
      for (const action of [
        'append_message',
        'append_message!',
        ' append_message',
        'append\0_message',
        'äappend_message',
      ]) {
        messageId(await page.call(action, { role: 'user', content: 'x' }, { encoding }));
      }
      failure(await page.call('append_message', { role: 'tool', content: 'x' }, { encoding }), 400, 'invalid_role');
      failure(await page.call('test', { sesskey: 'x' }, { encoding }), 401, 'unauthenticated');
      failure(await page.call('test', { cmid: undefined }, { encoding }), 400, 'missing_parameter');
      expect(upstream.received).toEqual([]);
    });

    it('a repeated action is rejected', async () => {
      for (const [first, second] of [
        ['test', 'load_project'],
        ['load_project', 'test'],
        ['x', 'x'],
      ] as const) {
        const body = bodyOfPairs(
          [
            ['action', first],
            ['action', second],
          ],
          encoding,
        );
        failure(await send(body), 400, 'repeated_field');
      }
      expect(upstream.received).toEqual([]);
    });

    it('known actions keep their own limit of bodies', async () => {
      const before = await rowCounts(server);
      const fields = { role: 'user', content: 'x'.repeat(8 * mebibyte) };
      failure(await page.call('append_message', fields, { encoding }), 413, 'body_too_large');
      expect(await rowCounts(server)).toEqual(before);
    });
  });

  it('proxies an empty body', async () => {
    expect((await rawLegacy(server)).text).toBe(project);
    expect(upstream.only.body).toHaveLength(0);
    expect((await send(form({}))).text).toBe(project);
  });

  it('proxies the path, and the query as browsers write it', async () => {
    const query = "?action=x&a=%2f%C3%A9&a=+~b'c;d&[e]=%zz&empty=&";
    expect((await send(form({ cmid: '1' }), {}, `${firstAddress}${query}`)).text).toBe(project);
    const rebuilt = '?action=x&a=%2F%C3%A9&a=+%7Eb%27c%3Bd&%5Be%5D=%25zz&empty=';
    expect(upstream.only.url).toBe(`${firstAddress}${rebuilt}`);
    upstream.reset();
    await send(form({ action: 'load_project' }), {}, laterAddress);
    expect(upstream.only.url).toBe(laterAddress);
  });

  it('closes the connection after Connection: close', async () => {
    const body = form({ action: 'load_project' }).body as string;
    const head = `POST ${firstAddress} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${formTypes.urlencoded}\r\n`;
    const text = await rawBytes(
      server.url,
      `${head}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toContain(project);
  });

  it('rejects a form that its escapes make too long', async () => {
    const body = `action=save_project&project_data=${'{'.repeat(6 * mebibyte)}`;
    failure(await send({ body, type: formTypes.urlencoded }), 413, 'body_too_large');
    expect(upstream.received).toEqual([]);
  });

  it('adds itself to CDN-Loop, and replaces X-Forwarded-For by the address of the request', async () => {
    const body = form({ action: 'load_project' });
    await send(body);
    expect(upstream.only.headers['x-forwarded-for']).toEqual(['127.0.0.1']);
    expect(upstream.only.headers['cdn-loop']).toEqual(['writeassistdev-chat-store']);
    upstream.reset();
    await send(body, { 'x-forwarded-for': '203.0.113.7, 10.0.0.1', 'cdn-loop': 'front.example; v=1' });
    expect(upstream.only.headers['x-forwarded-for']).toEqual(['127.0.0.1']);
    expect(upstream.only.headers['cdn-loop']).toEqual(['front.example; v=1, writeassistdev-chat-store']);
  });

  it('proxies a chunked body', async () => {
    const body = form({ action: 'load_project', a: 'x'.repeat(100_000) });
    await send(body, { 'transfer-encoding': 'chunked', trailer: 'x-checksum' });
    expect(upstream.only.body.toString()).toBe(body.body);
    expect(upstream.only.headers['transfer-encoding']).toBeUndefined();
    expect(upstream.only.headers.trailer).toBeUndefined();
  });

  it('logs no secret or text of a proxied request', async () => {
    const secrets = { sesskey: 'Sk3yThatIsSecret', cookie: 'MoodleSession=c00kieThatIsSecret', data: 'words of mine' };
    await send(form({ action: 'save_project', sesskey: secrets.sesskey, project_data: secrets.data }), {
      cookie: secrets.cookie,
      authorization: 'Bearer t0kenThatIsSecret',
    });
    await send(form({ cmid: '1' }), {}, `${firstAddress}?action=x&sesskey=${secrets.sesskey}`);
    upstream.answer = (response) => response.destroy();
    const body = form({ action: 'load_project', sesskey: secrets.sesskey });
    failure(await send(body, { cookie: secrets.cookie }), 502, 'upstream_unreachable');
    expect(server.log.join('')).toContain('upstream_unreachable');
    expect(server.log.join('')).not.toMatch(/Sk3yThat|c00kieThat|t0kenThat|words of mine|MoodleSession/);
  });

  it('proxies only POST, and only with its own Host', async () => {
    failure(
      await rawLegacy(server, { method: 'GET', path: `${firstAddress}?action=load_project` }),
      405,
      'method_not_allowed',
    );
    failure(await send(form({ action: 'load_project' }), { host: 'evil.example' }), 421, 'misdirected_request');
    expect(upstream.received).toEqual([]);
  });

  it.each(['/', '/x', '//', '/x/ajax.php', '%2Fx'])('does not proxy a path below its own: %s', async (more) => {
    const answer = await send(form({ action: 'load_project' }), {}, `${firstAddress}${more}`);
    expect([answer.status, upstream.received]).toEqual([404, []]);
  });

  it('rejects malformed bodies', async () => {
    failure(await send({ body: '{', type: formTypes.json }), 400, 'malformed_json');
    failure(await send({ body: '--x', type: formTypes.multipart }), 400, 'malformed_form');
    failure(await send(form({ action: 'x' }), { 'content-encoding': 'gzip' }), 415, 'unsupported_media_type');
    expect(upstream.received).toEqual([]);
    expectStatus(await page.call('test'), 200);
  });

  it.each([
    '?action=append_message',
    '?action=append_message!&cmid=1',
    '?x=1&+action=test',
    '?x=?&action=append_message',
    '?x=?y?&action=append_message#',
  ])('does not proxy a known action in the query: %s', async (query) => {
    const answer = await send(form({ cmid: '1' }), {}, `${firstAddress}${query}`);
    failure(answer, 400, 'invalid_parameter');
    expect(upstream.received).toEqual([]);
  });
});
