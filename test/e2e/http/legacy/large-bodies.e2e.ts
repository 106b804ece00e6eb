import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectStatus } from '../../../support/rest/client.js';
import {
  bodyOfPairs,
  boundary,
  endOfParts,
  formTypes,
  part,
  rawLegacy,
  rowCounts,
  type TypedBody,
} from '../../../support/legacy/bodies.js';
import { LegacyClient, encodings, failure, firstAddress } from '../../../support/legacy/client.js';
import { TestServer } from '../../../support/http/server.js';

const mebibyte = 1024 * 1024;
/** Just below the limit of a body. */
const maxLength = 6 * mebibyte + 60 * 1024;

/** The text repeated up to `length`, and the end. */
const filled = (text: string, end = '', length = maxLength) =>
  Buffer.concat([Buffer.from(text.repeat(Math.floor(length / text.length))), Buffer.from(end)]);

/** Types of which parsers may read different boundaries. */
const twoNames = `multipart/form-data; x="; boundary=other"; boundary=${boundary}`;
const quotedPart = `multipart/form-data; boundary=${boundary.slice(0, 3)}"${boundary.slice(3)}"`;

describe('a large body', () => {
  let server: TestServer;
  let page: LegacyClient;
  let before: Record<string, number>;

  beforeAll(async () => {
    server = await TestServer.start();
    page = await LegacyClient.of(server);
    await page.newSession('Before');
  });
  beforeEach(async () => {
    before = await rowCounts(server);
  });
  afterEach(async () => {
    expectStatus(await page.call('test'), 200);
  });
  afterAll(() => server.stop());

  const save = (content: string): [string, string][] => [
    ['action', 'append_message'],
    ['cmid', '1'],
    ['sesskey', page.token],
    ['role', 'user'],
    ['content', content],
  ];
  const send = ({ body, type }: TypedBody, headers: Record<string, string> = {}) =>
    rawLegacy(server, { body, headers: { 'content-type': type, ...headers } });

  describe.each(encodings)('as %s', (encoding) => {
    it('with a field of 10 MiB is rejected, with and without Content-Length', async () => {
      const body = bodyOfPairs(save('x'.repeat(10 * mebibyte)), encoding);
      failure(await send(body), 413, 'body_too_large');
      failure(await send(body, { 'transfer-encoding': 'chunked' }), 413, 'body_too_large');
      expect(await rowCounts(server)).toEqual(before);
    });

    it('with a content of 1 MiB is accepted, and with one more byte rejected', async () => {
      expectStatus(await send(bodyOfPairs(save('x'.repeat(mebibyte)), encoding)), 200);
      const stored = await rowCounts(server);
      const message = failure(
        await send(bodyOfPairs(save('x'.repeat(mebibyte + 1)), encoding)),
        400,
        'invalid_parameter',
      );
      expect(message).toBe('Invalid parameter (content): it must be at most 1048576 bytes of UTF-8, is 1048577');
      expect(await rowCounts(server)).toEqual(stored);
    });
  });

  it('with a content of 1 MiB that is all escapes is accepted', async () => {
    expectStatus(await send(bodyOfPairs(save('\u0001'.repeat(mebibyte)), 'json')), 200);
    expectStatus(await send(bodyOfPairs(save('\u0001'.repeat(mebibyte)), 'urlencoded')), 200);
  });

  it.each<[string, keyof typeof formTypes, () => Uint8Array, string?]>([
    ['names without values', 'urlencoded', () => filled('a&')],
    ['different names', 'urlencoded', () => Buffer.from(Array.from({ length: 900_000 }, (_, n) => `${n}`).join('&'))],
    ['separators', 'urlencoded', () => filled('&')],
    ['invalid escapes', 'urlencoded', () => filled('%', '', mebibyte / 4)],
    ['lists', 'urlencoded', () => filled('a[]=&')],
    ['one name', 'urlencoded', () => filled('a')],
    ['replacement characters', 'urlencoded', () => filled('%EF%BF%BD', '', mebibyte / 4)],
    ['replacement characters and one invalid byte', 'urlencoded', () => filled('%EF%BF%BD', '%FF', mebibyte / 4)],
    ['small parts', 'multipart', () => filled(part('a', ''), endOfParts)],
    ['small files', 'multipart', () => filled(part('a', '', '; filename="a"'), endOfParts)],
    ['empty parts', 'multipart', () => filled(`--${boundary}\r\n\r\n\r\n`, endOfParts)],
    ['boundaries', 'multipart', () => filled(`--${boundary}\r\n`, endOfParts)],
    [
      'boundaries, with a second boundary in the type',
      'multipart',
      () => filled(`--${boundary}\r\n`, endOfParts),
      twoNames,
    ],
    [
      'boundaries, with quotes inside the boundary',
      'multipart',
      () => filled(`--${boundary}\r\n`, endOfParts),
      quotedPart,
    ],
    ['text that is almost a boundary', 'multipart', () => filled(`\r\n--${boundary.slice(0, -1)}`, endOfParts)],
    ['headers of a part', 'multipart', () => Buffer.concat([Buffer.from(`--${boundary}\r\n`), filled('a: b\r\n')])],
    ['lists in lists', 'json', () => Buffer.from('['.repeat(mebibyte))],
    ['names', 'json', () => filled('"a":1,', '}')],
  ])(
    'of %s (%s) is rejected within 3 seconds without blocking the event loop for a second',
    async (_, encoding, body, type = formTypes[encoding]) => {
      const sent = { body: body(), type };
      const blocks: number[] = [];
      const times: number[] = [];
      // Up to three times, because other work on this machine may delay everything for a while.
      do {
        const start = Date.now();
        blocks.push(await longestBlock(sent));
        times.push(Date.now() - start);
      } while (blocks.length < 3 && (Math.min(...blocks) >= 1000 || Math.min(...times) >= 3000));
      expect(Math.min(...blocks)).toBeLessThan(1000);
      expect(Math.min(...times)).toBeLessThan(3000);
      expect(await rowCounts(server)).toEqual(before);
    },
  );

  /** Sends what is rejected. @returns for how many ms at most the event loop was blocked meanwhile */
  async function longestBlock(sent: TypedBody): Promise<number> {
    const state = { answered: false };
    const finished = send(sent).finally(() => (state.answered = true));
    let longest = 0;
    // Server and test share their thread: a blocked server delays these timers.
    while (!state.answered) {
      const asked = Date.now();
      await sleep(5);
      longest = Math.max(longest, Date.now() - asked);
    }
    const answer = await finished;
    expect([answer.status, answer.body.success]).toEqual([400, false]);
    failure(answer, 400, answer.body.code ?? '');
    return longest;
  }

  describe('that arrives in chunks', () => {
    const open = async (type: string, length: number): Promise<Socket> => {
      const { hostname, port } = new URL(server.url);
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      await new Promise((resolve) => socket.once('connect', resolve));
      socket.write(
        `POST ${firstAddress} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`,
      );
      return socket;
    };
    const answerOf = (socket: Socket) =>
      new Promise<string>((resolve) => {
        let text = '';
        socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
        socket.on('close', () => {
          resolve(text);
        });
      });

    it.each(encodings)('and stops half way is not stored: %s', async (encoding) => {
      const logged = server.log.length;
      const { body, type } = bodyOfPairs(save('x'.repeat(500_000)), encoding);
      for (const end of ['destroy', 'end', 'resetAndDestroy'] as const) {
        const socket = await open(type, body.length);
        const closed = new Promise((resolve) => socket.once('close', resolve));
        socket.resume();
        socket.write(body.slice(0, body.length / 2));
        await sleep(50);
        socket[end]();
        await closed;
      }
      await sleep(100);
      expect(await rowCounts(server)).toEqual(before);
      const failures = server.log.slice(logged).filter((line) => (JSON.parse(line) as { level: number }).level >= 50);
      expect(failures).toEqual([]);
    });

    it.each(encodings)('slowly is accepted: %s', async (encoding) => {
      const content = `${'x'.repeat(300)}é漢🌍`.repeat(5);
      const { body, type } = bodyOfPairs(save(content), encoding);
      const sent = Buffer.from(body);
      const socket = await open(type, sent.length);
      const answer = answerOf(socket);
      // Every letter and every boundary is cut somewhere.
      for (let at = 0; at < sent.length; at += 101) {
        socket.write(sent.subarray(at, at + 101));
        await sleep(10);
      }
      expect(await answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      const [message] = await page.history({ limit: '1' });
      expect(message?.content).toBe(content);
    });
  });
});
