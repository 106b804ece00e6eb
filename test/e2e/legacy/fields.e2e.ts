import { expectStatus, type Client } from '../../support/rest/client.js';
import { LegacyClient, encodings, failure, messageId, type Encoding } from '../../support/legacy/client.js';
import { nothing, storedOf } from '../../support/legacy/stored-rows.js';
import { itemAt } from '../../support/rest/data.js';
import { delicateTexts, randomText } from '../../support/rest/tricky-texts.js';
import { TestServer } from '../../support/http/server.js';
import { full } from '../../support/run/full.js';

const mebibyte = 1024 * 1024;
/** Characters by their bytes in UTF-8. */
const widths: [string, string][] = [
  ['one byte', 'x'],
  ['two bytes', 'é'],
  ['three bytes', '€'],
  ['four bytes', '😀'],
];

describe('text fields', () => {
  let server: TestServer;
  let client: LegacyClient;
  let rest: Client;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await LegacyClient.of(server);
    rest = await server.client(client.owner);
  });
  afterAll(() => server.stop());

  const stored = () => storedOf(server, client.owner);
  const titles = async () => (await client.sessions()).map(({ title }) => title);
  const save = (fields: object, encoding: Encoding = 'json') =>
    client.call('append_message', { session_id: 'chat-1', role: 'user', content: 'x', ...fields }, { encoding });
  const create = (title: string, encoding: Encoding = 'json') =>
    client.call('create_chat_session', { title }, { encoding });

  /** The text that arrives: `FormData` converts every line end to CRLF. */
  const arriving = (text: string, encoding: Encoding) =>
    encoding === 'multipart' ? text.replace(/\r\n|\r|\n/g, '\r\n') : text;

  describe('contents', () => {
    it.each([...delicateTexts, ['a lot of everything', randomText(4000)]])(
      'are stored byte for byte: %s',
      async (_, content) => {
        for (const encoding of encodings) messageId(await save({ content }, encoding));
        const expected = encodings.map((encoding) => Buffer.from(arriving(content, encoding)));
        const seen = [
          (await stored()).messages.map((row) => row.content),
          (await client.messages('chat-1')).map((row) => row.content),
          (await client.history()).map((row) => row.content).reverse(),
          expectStatus(await rest.messages('chat-1'), 200).data.map((row) => row.content),
        ];
        for (const contents of seen) expect(contents.map((text) => Buffer.from(text))).toEqual(expected);
      },
    );

    it.each(encodings)('lose only NUL: %s', async (encoding) => {
      messageId(await save({ content: '\0a\0\0b\u0001c\0' }, encoding));
      expect((await stored()).messages.map(({ content }) => content)).toEqual(['ab\u0001c']);
    });

    it.each(encodings)('that are empty or only NUL are rejected: %s', async (encoding) => {
      for (const content of ['', '\0', '\0\0']) {
        const answer = await save({ content }, encoding);
        expect(failure(answer, 400, 'invalid_parameter')).toBe('Invalid parameter (content): it must not be empty');
      }
      expect(await stored()).toEqual(nothing);
    });

    it.each(full(widths, [itemAt(widths, 0), itemAt(widths, -1)]))(
      'have at most CONTENT_MAX_BYTES bytes, with characters of %s',
      async (_, character) => {
        const many = character.repeat(Math.floor(mebibyte / Buffer.byteLength(character)));
        const longest = many + 'x'.repeat(mebibyte - Buffer.byteLength(many));
        expect(Buffer.byteLength(longest)).toBe(mebibyte);
        for (const encoding of encodings) {
          messageId(await save({ content: longest }, encoding));
          const answer = await save({ content: `${longest}x` }, encoding);
          expect(failure(answer, 400, 'invalid_parameter')).toBe(
            'Invalid parameter (content): it must be at most 1048576 bytes of UTF-8, is 1048577',
          );
        }
        const { messages } = await stored();
        expect(messages.map(({ content }) => content === longest)).toEqual([true, true, true]);
      },
    );

    it.each(['\ud800', 'a\udc00b', '\udc00\ud800'])(
      'with half of a surrogate pair are rejected: %j',
      async (content) => {
        const answer = await save({ content });
        expect(failure(answer, 400, 'invalid_parameter')).toMatch(/^Invalid parameter \(content\): /);
        expect(await stored()).toEqual(nothing);
      },
    );
  });

  describe('titles', () => {
    it.each([
      'Résumé — “Fluß” 漢字',
      '👨‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿',
      'שלום \u202eabc\u202c',
      'e\u0301 é',
      '\ufeffBOM',
      'AT&amp;T &lt;b&gt; &#65;',
      `O'Reilly "x" \\ %s '; DROP TABLE user; --`,
      '  spaces  ',
      'a+b=c&d%20e',
      '0',
      'null',
    ])('are stored byte for byte: %j', async (title) => {
      for (const encoding of encodings) expectStatus(await create(title, encoding), 200);
      expect(await titles()).toEqual([title, title, title]);
      const id = itemAt((await stored()).sessions, 0).session_id;
      expectStatus(await client.call('update_chat_title', { session_id: id, title: `${title}!` }), 200);
      expect(expectStatus(await rest.session(id), 200).title).toBe(`${title}!`);
    });

    it.each([
      ['<b>My</b> New Chat  ', 'My New Chat  '],
      ['<script>alert(1)</script>x', 'alert(1)x'],
      ['x<!-- a > b --> y', 'x y'],
      ['a < b and b > a', 'a < b and b > a'],
      ['1 <2', '1 '],
      ['<a title=">">link</a>', 'link'],
      ['<<b>b>x', 'b>x'],
      ['<?php echo 1 ?>x', 'x'],
      ['é<br/>😀', 'é😀'],
    ])('lose their tags: %j', async (title, stripped) => {
      for (const encoding of encodings) expectStatus(await create(title, encoding), 200);
      expect(await titles()).toEqual([stripped, stripped, stripped]);
      const id = await client.newSession();
      expectStatus(await client.call('update_chat_title', { session_id: id, title }), 200);
      expect(expectStatus(await rest.session(id), 200).title).toBe(stripped);
    });

    it.each(encodings)('lose NUL: %s', async (encoding) => {
      expectStatus(await create('\0a\0<\0b>c\0', encoding), 200);
      expect(await titles()).toEqual(['ac']);
    });

    it.each(['x', 'é', '€', '😀'])('have at most 255 characters, like %s, without their tags', async (character) => {
      const longest = character.repeat(255);
      const id = await client.newSession();
      for (const encoding of encodings) {
        expectStatus(await create(`<b>${longest}</b>`, encoding), 200);
        const calls = [
          client.call('create_chat_session', { title: `${longest}x` }, { encoding }),
          client.call('update_chat_title', { session_id: id, title: `${longest}x` }, { encoding }),
        ];
        for (const answer of await Promise.all(calls)) {
          expect(failure(answer, 400, 'invalid_parameter')).toBe(
            'Invalid parameter (title): it must be at most 255 characters, is 256',
          );
        }
      }
      expect(await titles()).toEqual([longest, longest, longest, 'New Chat']);
      expectStatus(await client.call('update_chat_title', { session_id: id, title: longest }), 200);
      expect(expectStatus(await rest.session(id), 200).title).toBe(longest);
    });

    it('that are far too long are rejected', async () => {
      for (const title of ['x'.repeat(100_000), '<b>'.repeat(100_000)]) {
        const answer = await create(title);
        expect(failure(answer, 400, 'invalid_parameter')).toMatch(/^Invalid parameter \(title\): it must have at most/);
      }
      expect(await stored()).toEqual(nothing);
    });

    it('with half of a surrogate pair are rejected', async () => {
      failure(await create('a\ud800'), 400, 'invalid_parameter');
      expect(await stored()).toEqual(nothing);
    });
  });

  describe('roles', () => {
    it.each(['user', 'assistant', 'system'])('may be %s, in any encoding', async (role) => {
      for (const encoding of encodings) messageId(await save({ role }, encoding));
      for (const encoding of encodings) messageId(await save({ role: ` ${role}\n` }, encoding));
      expect((await client.messages('chat-1')).map((row) => row.role)).toEqual(Array<string>(6).fill(role));
    });

    it.each(['tool', 'User', 'ASSISTANT', 'users', 'user,assistant', '', '1', 'ｕｓｅｒ', "user' OR '1'='1", 'robot'])(
      'must not be "%s": the message is that of the original',
      async (role) => {
        for (const action of ['append_message', 'save_session_message']) {
          const fields = { session_id: 'chat-1', role, content: 'x' };
          expect(failure(await client.call(action, fields), 400, 'invalid_role')).toBe(`Invalid role: ${role}`);
        }
        expect(await stored()).toEqual(nothing);
      },
    );

    it('that are long are shortened in the message', async () => {
      expect(failure(await save({ role: 'x'.repeat(5000) }), 400, 'invalid_role').length).toBeLessThan(100);
    });
  });

  it.each(encodings)('lose NUL in every field: %s', async (encoding) => {
    const fields = {
      action: 'append_\0message',
      sesskey: `${client.token}\0`,
      session_id: 'chat\0-1',
      role: '\0user',
      timestamp: '1640995200\0',
      client_message_id: '\0m\0',
    };
    messageId(await save(fields, encoding));
    expect((await stored()).messages).toMatchObject([
      { chat_session_id: 'chat-1', role: 'user', timestamp: 1640995200000, client_message_id: 'm' },
    ]);
  });
});
