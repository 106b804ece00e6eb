import { request, type ServerResponse } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { DatabaseUnavailableError } from '../../../../src/database/database.errors.js';
import { MessagesService } from '../../../../src/messages/messages.service.js';
import { numbers } from '../../../support/database/access.js';
import { bodyOfPairs, rawBuffer } from '../../../support/legacy/bodies.js';
import { LegacyClient, encodings, firstAddress, laterAddress } from '../../../support/legacy/client.js';
import { TestServer } from '../../../support/http/server.js';
import { Upstream } from '../../../support/legacy/upstream.js';
import { waitUntil } from '../../../support/run/wait-until.js';

const mebibyte = 1024 * 1024;
const json = 'application/json; charset=utf-8';
/** An answer that JSON.parse and JSON.stringify would change in several places, around the chat of Moodle's own tables. */
const [start, end] = [
  '{"success":true, "project":{"metadata":{"title":"\\u00c9t\\u00e9 \\/ é"},"plan":{"10":1.0,"9":12345678901234567890},"chatHistory":',
  ',"write":[],"edit":{}}, "x":1e2}\n',
];
const answerOf = (history: string) => `${start}${history}${end}`;
const original = answerOf('[{"role":"user","content":"frozen","timestamp":"1640995200"}]');

describe('the response of the original to load_project', () => {
  let upstream: Upstream;
  let server: TestServer;
  let page: LegacyClient;
  /** `project.chatHistory` of this caller. */
  let history: string;

  beforeAll(async () => {
    upstream = await Upstream.start();
    server = await TestServer.start({
      LEGACY_UPSTREAM_URL: upstream.url,
      ALLOWED_ORIGINS: 'https://moodle.example.org',
    });
    page = await LegacyClient.of(server);
    await page.append({ session_id: 'chat-1', content: 'Grüße "\u2028"', timestamp: '1795806001.5' });
    await page.append({ session_id: 'chat-2', role: 'assistant', content: 'x', timestamp: '1795806002.25' });
    history = JSON.stringify((await page.history()).reverse());
  });
  beforeEach(() => {
    upstream.reset();
    server.log.length = 0;
    answer(original);
  });
  afterAll(async () => {
    await server.stop();
    await upstream.stop();
  });

  function answer(content: string | Buffer, headers: Record<string, string> = {}, status = 200): void {
    upstream.answer = (response) => response.writeHead(status, { 'content-type': json, ...headers }).end(content);
  }
  const warnings = () => server.log.filter((line) => line.includes('load_project was passed on'));
  const load = (fields: object = {}, options: Parameters<LegacyClient['call']>[2] = {}) =>
    page.call('load_project', { ...fields }, options);

  const form = () =>
    bodyOfPairs(
      [
        ['action', 'load_project'],
        ['cmid', '1'],
        ['sesskey', page.token],
      ],
      'urlencoded',
    );

  describe.each(encodings)('to a request sent as %s', (encoding) => {
    it.each([firstAddress, laterAddress])('gets the stored chat, and stays as it is otherwise: %s', async (path) => {
      const { status, text } = await load({}, { encoding, path });
      expect([status, text]).toEqual([200, answerOf(history)]);
      expect(JSON.parse(history)).toMatchObject([
        { role: 'user', content: 'Grüße "\u2028"', timestamp: 1795806001.5 },
        { role: 'assistant', content: 'x', timestamp: 1795806002.25 },
      ]);
      expect(warnings()).toEqual([]);
    });

    it('gets it also if the name has characters that Moodle drops', async () => {
      expect((await load({ action: ' load_project!' }, { encoding })).text).toBe(answerOf(history));
    });
  });

  it('gets the stored chat for a bearer token beside the sesskey of Moodle, from an allowed origin', async () => {
    const headers = { origin: 'https://moodle.example.org' };
    expect((await load({ sesskey: 'aB3dE6gH9k' }, { bearer: true, headers })).text).toBe(answerOf(history));
  });

  it('gets an empty list for somebody who has no messages here', async () => {
    const newcomer = await LegacyClient.of(server);
    expect((await newcomer.call('load_project')).text).toBe(answerOf('[]'));
  });

  it.each<[string, object, { headers?: Record<string, string> }]>([
    ['without a sesskey', { sesskey: undefined }, {}],
    ['with an empty sesskey', { sesskey: '' }, {}],
    ['with the sesskey of Moodle', { sesskey: 'aB3dE6gH9k' }, {}],
    ['with a token of somebody else', { sesskey: 'a.b.c' }, {}],
    ['without a cmid', { cmid: undefined }, {}],
    ['with a wrong cmid', { cmid: 'x' }, {}],
    ['with two cmids', { cmid: ['1', '2'] }, {}],
    ['of a foreign origin', {}, { headers: { origin: 'https://evil.example' } }],
    ['of a foreign site', {}, { headers: { 'sec-fetch-site': 'cross-site' } }],
  ])('stays as it is for a caller %s', async (_name, fields, options) => {
    const { status, text } = await load(fields, options);
    expect([status, text]).toEqual([200, original]);
    expect(warnings()).toEqual([]);
  });

  it('of other actions stays as it is', async () => {
    for (const action of ['save_project', 'load_projects', 'proxy_chat']) {
      expect((await page.call(action)).text).toBe(original);
    }
  });

  describe('has headers that are right', () => {
    const about = { etag: '"x"', 'content-md5': 'x', digest: 'sha-256=x', 'content-digest': 'x', 'repr-digest': 'x' };

    it.each(['with', 'without'])('%s Content-Length', async (length) => {
      const headers = { ...about, 'x-powered-by': 'PHP/8.2', 'cache-control': 'no-store' };
      const size = length === 'with' ? { 'content-length': String(Buffer.byteLength(original)) } : {};
      upstream.answer = (response) => {
        response.writeHead(200, { 'content-type': json, ...headers, ...size });
        response.write(original.slice(0, 50));
        response.end(original.slice(50));
      };
      const { headers: got, text } = await load();
      expect(text).toBe(answerOf(history));
      expect(got.get('content-length')).toBe(String(Buffer.byteLength(text)));
      expect([...Object.keys(about), 'transfer-encoding'].filter((name) => got.has(name))).toEqual([]);
      expect(got.get('x-powered-by')).toBe('PHP/8.2');
      expect(got.get('cache-control')).toBe('no-store');
      expect(got.get('content-type')).toBe(json);
    });

    it('when it stays as it is', async () => {
      answer(original, about);
      const { headers } = await load({ sesskey: undefined });
      expect(Object.keys(about).map((name) => headers.get(name))).toEqual(Object.values(about));
    });

    it.each([
      ['gzip', gzipSync],
      ['X-GZip', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
      ['identity', (bytes: Buffer) => bytes],
    ])('although it is compressed unasked by %s', async (encoding, compress) => {
      answer(compress(Buffer.from(original)), { 'content-encoding': encoding });
      const { headers, text } = await load({}, { headers: { 'accept-encoding': 'gzip, br' } });
      expect(text).toBe(answerOf(history));
      expect(headers.get('content-encoding')).toBeNull();
      expect(upstream.only.headers['accept-encoding']).toEqual(['identity']);
    });
  });

  describe('stays as it is', () => {
    const untouched = async (content: string | Buffer, headers: Record<string, string> = {}, reason = '') => {
      answer(content, headers);
      for (const _ of numbers(2)) {
        const { body, type } = form();
        const answered = await rawBuffer(server, body, { 'content-type': type });
        expect(answered.content.equals(Buffer.from(content))).toBe(true);
      }
      // Once in the life of a server; tests before may have had the same reason.
      const lines = warnings();
      expect(lines.length).toBeLessThanOrEqual(1);
      for (const line of lines)
        expect(line).toContain(
          `"msg":"load_project was passed on without the stored chat, which old pages then do not show: ${reason}"`,
        );
    };

    it.each<[string, string, string | Buffer]>([
      [
        'of a page that keeps its chat in the project',
        'ISO 8601',
        answerOf('[{"role":"user","content":"x","timestamp":"2025-10-22T10:00:00.000Z"}]'),
      ],
      ['of another form', 'a list', '{"success":true,"project":[]}'],
      ['of another form', 'repeated', '{"success":true,"project":{"chatHistory":[],"chatHistory":[]}}'],
      ['of another form', 'missing', '{"success":true}'],
      ['not JSON', 'HTML', '<html>Moodle</html>'],
      ['not JSON', 'empty', ''],
      ['not JSON', 'not UTF-8', Buffer.concat([Buffer.from(start), Buffer.from([0xff]), Buffer.from(end)])],
      ['not JSON', 'a byte order mark', `\ufeff${original}`],
      ['not JSON', 'a notice of PHP', `${original}Notice: undefined index`],
    ])('if it is %s: %s', async (reason, _name, content) => {
      await untouched(content, {}, `the response is ${reason}`);
    });

    it.each(['text/html; charset=utf-8', 'application/json; charset=iso-8859-1', 'application/problem+json', ''])(
      'if its type is "%s"',
      async (type) => {
        await untouched(original, { 'content-type': type }, 'the response is not application/json in UTF-8');
      },
    );

    it.each<[string, string, Buffer]>([
      ['zstd', 'unknown', Buffer.from('not read')],
      ['gzip', 'not gzip', Buffer.from('not gzip')],
      ['gzip', 'cut', gzipSync(original).subarray(0, 60)],
      ['gzip, gzip', 'twice', gzipSync(gzipSync(original))],
      ['gzip', 'more than 8 MiB', gzipSync(answerOf(`"${'x'.repeat(9 * mebibyte)}"`))],
    ])('if it cannot be decoded: %s, %s', async (encoding, _name, content) => {
      await untouched(content, { 'content-encoding': encoding }, 'the response is not JSON');
    });

    it.each([true, false])('if it is larger than 8 MiB; with Content-Length: %s', async (hasLength) => {
      const large = answerOf(`["${'é'.repeat(4.5 * mebibyte)}"]`);
      const length = { 'content-length': String(Buffer.byteLength(large)) };
      await untouched(large, hasLength ? length : {}, 'the response is too large');
    });

    it.each([
      ['a failure', 200, '{"success":false,"error":"Invalid session key"}'],
      ['no project', 200, '{"success":true,"project":null}'],
      ['an error', 500, original],
    ])('if Moodle reports %s, which is not logged', async (_, status, content) => {
      answer(content, {}, status);
      expect((await load()).text).toBe(content);
      expect(warnings()).toEqual([]);
    });

    it('if the chat cannot be read, which is logged once', async () => {
      const messages = server.app.get(MessagesService, { strict: false });
      const read = messages.history.bind(messages);
      try {
        for (const error of [new DatabaseUnavailableError(), new TypeError('defect')]) {
          messages.history = () => Promise.reject(error);
          for (const _ of numbers(3)) expect((await load()).text).toBe(original);
        }
      } finally {
        messages.history = read;
      }
      const lines = warnings().map((line) => JSON.parse(line) as { level: number; msg: string });
      expect(lines.map(({ level, msg }) => [level, msg.split(': ')[1]])).toEqual([
        [40, 'database_unavailable'],
        [40, 'internal_error'],
      ]);
      expect((await load()).text).toBe(answerOf(history));
    });

    it('if it and others like it would occupy too much memory', async () => {
      const large = answerOf(`["${'x'.repeat(7.5 * mebibyte)}"]`);
      const held: ServerResponse[] = [];
      upstream.answer = (response) => {
        response.writeHead(200, { 'content-type': json }).write(large.slice(0, -1));
        held.push(response);
      };
      const calls = numbers(9).map(() => open());
      // What may not be held is passed on before the original has ended: of 32 MiB for an address, four fit.
      await waitUntil(() => calls.some(({ hasBegun }) => hasBegun()));
      for (const response of held) response.end(large.slice(-1));
      const texts = await Promise.all(calls.map(({ text }) => text));
      expect(texts).toContain(large);
      expect(texts.every((text) => text === large || text === answerOf(history))).toBe(true);
      answer(original);
      expect((await load()).text).toBe(answerOf(history));
    });
  });

  it('is not read to its end when the caller has gone', async () => {
    upstream.answer = (response) => {
      response.writeHead(200, { 'content-type': json }).write(original.slice(0, 50));
    };
    const { sent, text } = open();
    text.catch(() => undefined);
    await waitUntil(() => upstream.received.length === 1);
    sent.destroy();
    await waitUntil(() => upstream.abandoned === 1);
  });

  /** A call on a connection of its own. */
  function open() {
    const { body, type } = form();
    const sent = request(`${server.url}${firstAddress}`, {
      method: 'POST',
      headers: { 'content-type': type },
      agent: false,
    });
    let begun = false;
    const text = new Promise<string>((resolve, reject) => {
      sent.on('error', reject);
      sent.on('response', (response) => {
        begun = true;
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve(Buffer.concat(chunks).toString());
        });
      });
    });
    sent.end(body);
    return { sent, text, hasBegun: () => begun };
  }
});
