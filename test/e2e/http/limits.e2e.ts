import { expectStatus, type Answer, type Client } from '../../support/rest/client.js';
import { getMessage, isoTime } from '../../support/rest/data.js';
import { refusal, wrongField } from '../../support/rest/problems.js';
import { TestServer } from '../../support/http/server.js';

const mebibyte = 1024 * 1024;

describe('limits', () => {
  let server: TestServer;
  let client: Client;
  let id: string;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
    id = await client.newSession({ title: 'Before' });
  });
  afterAll(() => server.stop());

  const titles = async () => expectStatus(await client.sessions(), 200).data.map(({ title }) => title);
  const count = async () => expectStatus(await client.session(id), 200).messageCount;

  describe.each<[string, (title: string) => Promise<Answer<{ title: string }>>]>([
    ['creating', (title) => client.createSession({ title })],
    ['renaming', (title) => client.rename(id, title)],
  ])('a title, when %s', (_, send) => {
    it.each([
      ['one character', 'x'],
      ['255 letters', 'a'.repeat(255)],
      ['255 characters of four bytes', '🌍'.repeat(255)],
      ['255 characters of three bytes', '漢'.repeat(255)],
      ['spaces around it', ' a '],
      ['no letters at all', '--'],
      ['an emoji of seven code points', '👨‍👩‍👧‍👦'],
    ])('may be %s', async (_name, title) => {
      const answer = await send(title);
      expect(answer.status).toBeLessThan(300);
      expect(answer.body.title).toBe(title);
      expect(await titles()).toContain(title);
    });

    const tooLong = 'must be at most 255 characters, is 256';
    const control = 'must not have control characters';
    const half = 'must not have half of a surrogate pair';
    it.each([
      ['empty', '', 'must not be blank'],
      ['blank', '   ', 'must not be blank'],
      ['ideographic spaces', '\u3000\u00a0', 'must not be blank'],
      ['256 letters', 'a'.repeat(256), tooLong],
      ['256 characters of four bytes', '🌍'.repeat(256), tooLong],
      ['256 characters with spaces at the end', `${'a'.repeat(250)}      `, tooLong],
      ['a line break', 'a\nb', control],
      ['a tab', 'a\tb', control],
      ['NUL', 'a\0b', control],
      ['NUL at the end', 'a\0', control],
      ['delete', 'a\u007f', control],
      ['a control character above ASCII', 'a\u0085b', control],
      ['the first half of a pair', 'a\ud83d', half],
      ['the second half of a pair', '\ude00a', half],
      ['a pair the wrong way round', '\ude00\ud83d', half],
    ])('is rejected with %s', async (_name, title, detail) => {
      expect(wrongField(await send(title))).toEqual({ pointer: '/title', detail });
      expect(await titles()).toEqual(['Before']);
    });
  });

  describe('a content', () => {
    const longest: [string, string][] = [
      ['one', 'a'.repeat(mebibyte)],
      ['two', 'é'.repeat(mebibyte / 2)],
      ['three', `a${'€'.repeat((mebibyte - 1) / 3)}`],
      ['four', '🌍'.repeat(mebibyte / 4)],
      ['one byte and six in JSON', '\u001f'.repeat(mebibyte)],
    ];

    it.each(longest)('may have 1 MiB of characters of %s byte(s), and is returned unchanged', async (_, content) => {
      expect(Buffer.byteLength(content)).toBe(mebibyte);
      const saved = expectStatus(await client.save(id, { content }), 201);
      expect(saved.content === content).toBe(true);
      expect(expectStatus(await getMessage(client, id, saved.id), 200).content === content).toBe(true);
    });

    it.each(longest)('is rejected with one byte more (%s)', async (_, content) => {
      const detail = 'must be at most 1048576 bytes of UTF-8, is 1048577';
      expect(wrongField(await client.save(id, { content: `${content}b` }))).toEqual({ pointer: '/content', detail });
      expect(wrongField(await client.saveToActive({ content: `${content}b` }))).toEqual({
        pointer: '/content',
        detail,
      });
      expect(await count()).toBe(0);
    });

    it.each([
      ['empty', '', 'must not be empty'],
      ['with NUL in it', 'a\0b', 'must not have the character U+0000'],
      ['with NUL at the end', 'a\0', 'must not have the character U+0000'],
      ['with half of a pair', 'a\ud83d', 'must not have half of a surrogate pair'],
      ['with the other half', '\ude00', 'must not have half of a surrogate pair'],
    ])('is rejected if it is %s', async (_, content, detail) => {
      expect(wrongField(await client.save(id, { content }))).toEqual({ pointer: '/content', detail });
      expect(await count()).toBe(0);
    });

    it('may be blank', async () => {
      expect(expectStatus(await client.save(id, { content: ' ' }), 201).content).toBe(' ');
    });
  });

  describe('a clientMessageId', () => {
    it.each([
      ['one character', '!'],
      ['255 characters', '~'.repeat(255)],
      ['quotes and backslashes', `'"\\%_;--`],
    ])('may be %s', async (_, clientMessageId) => {
      expect(expectStatus(await client.save(id, { content: 'x', clientMessageId }), 201).clientMessageId).toBe(
        clientMessageId,
      );
      expectStatus(await client.save(id, { content: 'x', clientMessageId }), 200);
      expect(await count()).toBe(1);
    });

    it.each([
      ['empty', ''],
      ['256 characters', '~'.repeat(256)],
      ['a space', 'a b'],
      ['a trailing space', 'a '],
      ['a letter beyond ASCII', 'ä'],
      ['a line break', 'a\n'],
      ['delete', 'a\u007f'],
      ['NUL', 'a\0'],
      ['half of a pair', '\ud83d'],
    ])('is rejected with %s', async (_, clientMessageId) => {
      const detail = 'must be 1 to 255 visible ASCII characters';
      const answer = await client.save(id, { content: 'x', clientMessageId });
      expect(wrongField(answer)).toEqual({ pointer: '/clientMessageId', detail });
      expect(await count()).toBe(0);
    });
  });

  describe('a timestamp', () => {
    const form = 'must be an ISO 8601 time with zone, like 2026-11-22T08:00:00.000Z';

    it.each([
      ['2020-02-29T12:34:56.789Z', '2020-02-29T12:34:56.789Z'],
      ['2020-02-29T12:34:56Z', '2020-02-29T12:34:56.000Z'],
      ['2020-02-29T12:34Z', '2020-02-29T12:34:00.000Z'],
      ['2020-02-29t12:34:56.7z', '2020-02-29T12:34:56.700Z'],
      ['2020-02-29T12:34:56.789999999Z', '2020-02-29T12:34:56.789Z'],
      ['2020-02-29T23:34:56-01:00', '2020-03-01T00:34:56.000Z'],
      ['2020-01-01T05:00:00+05:45', '2019-12-31T23:15:00.000Z'],
      ['2020-01-01T00:00:00-00:00', '2020-01-01T00:00:00.000Z'],
      ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
      ['1970-01-01T01:00:00+01:00', '1970-01-01T00:00:00.000Z'],
    ])('may be %s', async (timestamp, expected) => {
      const saved = expectStatus(await client.save(id, { content: 'x', timestamp }), 201);
      expect(saved.timestamp).toBe(expected);
      expect(expectStatus(await getMessage(client, id, saved.id), 200).timestamp).toBe(expected);
    });

    it.each([
      ['empty', ''],
      ['without zone', '2020-01-01T00:00:00'],
      ['without time', '2020-01-01'],
      ['with a space', '2020-01-01 00:00:00Z'],
      ['a day that February does not have', '2020-02-30T00:00:00Z'],
      ['a leap day of another year', '2023-02-29T00:00:00Z'],
      ['month 13', '2020-13-01T00:00:00Z'],
      ['day 0', '2020-01-00T00:00:00Z'],
      ['hour 24', '2020-01-01T24:00:00Z'],
      ['minute 60', '2020-01-01T00:60:00Z'],
      ['a leap second', '2016-12-31T23:59:60Z'],
      ['ten digits of a second', '2020-01-01T00:00:00.0123456789Z'],
      ['an offset of 24 hours', '2020-01-01T00:00:00+24:00'],
      ['an offset without colon', '2020-01-01T00:00:00+0100'],
      ['seconds since 1970', '1577836800'],
      ['a year of six digits', '+002020-01-01T00:00:00Z'],
      ['full-width digits', '２０２０-01-01T00:00:00Z'],
      ['a trailing space', '2020-01-01T00:00:00Z '],
      ['a word', 'yesterday'],
    ])('is rejected if it is %s', async (_, timestamp) => {
      const answer = await client.save(id, { content: 'x', timestamp });
      expect(wrongField(answer)).toEqual({ pointer: '/timestamp', detail: form });
      expect(await count()).toBe(0);
    });

    it.each(['1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00+00:01', '0000-01-01T00:00:00Z'])(
      'is rejected before 1970: %s',
      async (timestamp) => {
        const answer = await client.save(id, { content: 'x', timestamp });
        expect(wrongField(answer)).toEqual({ pointer: '/timestamp', detail: 'must not lie before 1970' });
      },
    );

    it('may be four minutes in the future', async () => {
      const timestamp = isoTime(Date.now() + 4 * 60_000);
      expect(expectStatus(await client.save(id, { content: 'x', timestamp }), 201).timestamp).toBe(timestamp);
    });

    it.each([
      ['six minutes', () => isoTime(Date.now() + 6 * 60_000)],
      ['many years', () => '2126-01-01T00:00:00Z'],
      ['thousands of years', () => '9999-12-31T23:59:59-23:59'],
    ])('is rejected %s in the future, with the time of the server', async (_, timestamp) => {
      const { pointer, detail } = wrongField(await client.save(id, { content: 'x', timestamp: timestamp() }));
      expect(pointer).toBe('/timestamp');
      const hint = /^must not lie more than five minutes ahead of the server's clock, which says (.*)$/.exec(detail);
      expect(Math.abs(Date.parse(hint?.[1] ?? '') - Date.now())).toBeLessThan(10_000);
      expect(await count()).toBe(0);
    });
  });
});

describe('CONTENT_MAX_BYTES', () => {
  it('limits contents and bodies', async () => {
    const server = await TestServer.start({ CONTENT_MAX_BYTES: '10' });
    try {
      const client = await server.client();
      const id = await client.newSession();
      expect(expectStatus(await client.save(id, { content: '1234567€' }), 201).content).toBe('1234567€');
      expect(wrongField(await client.save(id, { content: '12345678€' }))).toEqual({
        pointer: '/content',
        detail: 'must be at most 10 bytes of UTF-8, is 11',
      });
      refusal(await client.save(id, { content: 'x'.repeat(70_000) }), 413, 'body_too_large');
      expect(expectStatus(await client.session(id), 200).messageCount).toBe(1);
    } finally {
      await server.stop();
    }
  });
});
