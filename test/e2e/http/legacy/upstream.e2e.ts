import { expectStatus } from '../../../support/rest/client.js';
import { bodyOfPairs, formTypes, rawLegacy, rowCounts, type TypedBody } from '../../../support/legacy/bodies.js';
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
import { Upstream, project } from '../../../support/legacy/upstream.js';

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
        expect(upstream.only.body.toString()).toBe(body.body);
        expect(upstream.only.headers['content-type']).toEqual([body.type]);
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
      expect(upstream.only.body.toString()).toBe(body.body);
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
        expect(upstream.only.body.equals(Buffer.from(sent.body))).toBe(true);
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
      expect(upstream.only.body).toHaveLength(16 * mebibyte);
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
      const fields = { role: 'user', content: 'x'.repeat(7 * mebibyte) };
      failure(await page.call('append_message', fields, { encoding }), 413, 'body_too_large');
      expect(await rowCounts(server)).toEqual(before);
    });
  });

  it('proxies an empty body', async () => {
    expect((await rawLegacy(server)).text).toBe(project);
    expect(upstream.only.body).toHaveLength(0);
    expect((await send(form({}))).text).toBe(project);
  });

  it('proxies the path and the query unchanged', async () => {
    const query = "?action=x&a=%2f%C3%A9&a=+~b'c;d&[e]=%zz&empty=&";
    expect((await send(form({ cmid: '1' }), {}, `${firstAddress}${query}`)).text).toBe(project);
    expect(upstream.only.url).toBe(`${firstAddress}${query}`);
    upstream.reset();
    await send(form({ action: 'load_project' }), {}, laterAddress);
    expect(upstream.only.url).toBe(laterAddress);
  });

  it('proxies headers unchanged', async () => {
    const headers = {
      host: 'localhost:8443',
      cookie: 'MoodleSession=abc123; MOODLEID1_=%25e2%25f3; x="a,b; c"',
      'user-agent': 'Mozilla/5.0 (X11)',
      'x-requested-with': 'XMLHttpRequest',
      origin: 'https://evil.example',
      referer: 'https://localhost:8443/mod/writeassistdev/view.php?id=1',
      authorization: 'Basic YTpi',
      accept: '*/*',
      'accept-language': 'de-AT, en;q=0.5',
      'accept-encoding': 'gzip, br',
      'content-type': 'application/x-www-form-urlencoded;  charset=UTF-8',
      'x-custom': 'a  b',
    };
    await rawLegacy(server, { body: form({ action: 'save_project' }).body, headers });
    for (const [name, value] of Object.entries(headers)) {
      expect([name, upstream.only.headers[name]]).toEqual([name, [value]]);
    }
    expect(upstream.only.headers['content-length']).toEqual([String(upstream.only.body.length)]);
    const names = upstream.only.headerNames.map((name) => name.toLowerCase());
    const added = names.filter((name) => !(name in headers) && name !== 'content-length');
    expect(added.sort()).toEqual(['cdn-loop', 'connection', 'x-forwarded-for']);
  });

  it.each([
    ['keep-alive', 'timeout=5'],
    ['te', 'trailers'],
    ['proxy-connection', 'keep-alive'],
    ['upgrade', 'h2c'],
    ['expect', '100-continue'],
  ])('does not proxy the hop-by-hop header %s', async (name, value) => {
    const answer = await send(form({ action: 'load_project' }), { [name]: value });
    expect([answer.status, answer.text]).toEqual([200, project]);
    expect(upstream.only.headers[name]).toBeUndefined();
  });

  it('does not proxy headers that Connection names', async () => {
    const headers = { connection: 'close, X-Hop', 'x-hop': '1', 'x-kept': '2' };
    expect((await send(form({ action: 'load_project' }), headers)).text).toBe(project);
    expect(upstream.only.headers).toMatchObject({ 'x-kept': ['2'] });
    expect(upstream.only.headers['x-hop']).toBeUndefined();
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

  it('proxies a chunked body', async () => {
    const body = form({ action: 'load_project', a: 'x'.repeat(100_000) });
    await send(body, { 'transfer-encoding': 'chunked' });
    expect(upstream.only.body.toString()).toBe(body.body);
    expect(upstream.only.headers['transfer-encoding']).toBeUndefined();
  });

  it('adds itself to X-Forwarded-For and CDN-Loop', async () => {
    const body = form({ action: 'load_project' });
    await send(body);
    expect(upstream.only.headers['x-forwarded-for']).toEqual(['127.0.0.1']);
    expect(upstream.only.headers['cdn-loop']).toEqual(['writeassistdev-chat-store']);
    upstream.reset();
    await send(body, { 'x-forwarded-for': '203.0.113.7, 10.0.0.1', 'cdn-loop': 'front.example; v=1' });
    expect(upstream.only.headers['x-forwarded-for']).toEqual(['203.0.113.7, 10.0.0.1, 127.0.0.1']);
    expect(upstream.only.headers['cdn-loop']).toEqual(['front.example; v=1, writeassistdev-chat-store']);
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

  it('rejects malformed bodies', async () => {
    failure(await send({ body: '{', type: formTypes.json }), 400, 'malformed_json');
    failure(await send({ body: '--x', type: formTypes.multipart }), 400, 'malformed_form');
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

  it('does not proxy its own tokens', async () => {
    await send(form({ action: 'load_project' }), { authorization: `Bearer ${page.token}`, cookie: 'MoodleSession=a' });
    expect(upstream.only.headers).toMatchObject({ cookie: ['MoodleSession=a'] });
    expect(upstream.only.headers.authorization).toBeUndefined();
  });
});
