import { expectStatus, type Client } from '../../support/rest/client.js';
import { itemAt, getMessage } from '../../support/rest/data.js';
import { refusal } from '../../support/rest/problems.js';
import { delicateTexts, randomText } from '../../support/rest/tricky-texts.js';
import { TestServer } from '../../support/http/server.js';
import { full } from '../../support/run/full.js';

describe('texts are returned unchanged', () => {
  let server: TestServer;
  let client: Client;
  let id: string;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
    id = await client.newSession();
  });
  afterAll(() => server.stop());

  /** The content of a message from every way to read it, for two clients. */
  const readings = async (messageId: string) => {
    const read: string[] = [];
    for (const reader of [client, await server.client(client.owner)]) {
      read.push(expectStatus(await getMessage(reader, id, messageId), 200).content);
      read.push(itemAt(expectStatus(await reader.messages(id), 200).data, 0).content);
      read.push(itemAt(expectStatus(await reader.messages(id, '?order=desc&limit=1'), 200).data, 0).content);
    }
    return read;
  };

  it.each(delicateTexts)('a content: %s', async (_, content) => {
    const saved = expectStatus(await client.save(id, { content }), 201);
    expect(saved.content).toBe(content);
    for (const read of await readings(saved.id)) expect(read).toBe(content);
  });

  it.each(delicateTexts)('a content with a clientMessageId: %s', async (_, content) => {
    const message = { content, clientMessageId: 'same' };
    const first = await client.save(id, message);
    expectStatus(first, 201);
    const again = await client.save(id, message);
    expect([again.status, again.text]).toEqual([200, first.text]);
    refusal(await client.save(id, { ...message, content: `${content}\ufeff` }), 409, 'client_message_id_conflict');
  });

  it.each(delicateTexts.filter(([, text]) => !/\p{Cc}/u.test(text) && text.trim() !== ''))(
    'a title: %s',
    async (_, title) => {
      const created = expectStatus(await client.createSession({ title }), 201);
      expect(created.title).toBe(title);
      expect(expectStatus(await client.session(created.id), 200).title).toBe(title);
      expect(expectStatus(await client.rename(id, title), 200).title).toBe(title);
      expect(expectStatus(await client.sessions(), 200).data.map((session) => session.title)).toEqual([title, title]);
    },
  );

  it.each([
    ['composed and decomposed', '\u00e9', 'e\u0301'],
    ['sharp s', 'ß', 'ss'],
    ['two emoji that many collations treat as equal', '🍣', '🍺'],
    ['full width', 'Ａ', 'A'],
    ['a zero-width joiner', 'a\u200db', 'ab'],
    ['line ends', 'a\r\nb', 'a\nb'],
  ])('contents that only look alike are different: %s', async (_, first, second) => {
    expectStatus(await client.save(id, { content: first, clientMessageId: 'one' }), 201);
    const answer = await client.save(id, { content: second, clientMessageId: 'one' });
    refusal(answer, 409, 'client_message_id_conflict');
  });

  it('every character of the basic plane except NUL and surrogates', async () => {
    const codes = Array.from({ length: 0xffff }, (_, n) => n + 1).filter((code) => code < 0xd800 || code > 0xdfff);
    const content = String.fromCharCode(...codes.slice(0, 30_000)) + String.fromCharCode(...codes.slice(30_000));
    const saved = expectStatus(await client.save(id, { content }), 201);
    for (const read of [saved.content, ...(await readings(saved.id))]) expect(read === content).toBe(true);
  });

  it.each(full([1, 2], [1]))('a megabyte of random Unicode, seed %s', async (seed) => {
    const content = randomText(370_000, seed);
    expect(Buffer.byteLength(content)).toBeGreaterThan(900_000);
    const saved = expectStatus(await client.save(id, { content }), 201);
    for (const read of [saved.content, ...(await readings(saved.id))]) expect(read === content).toBe(true);
  });

  it('texts with JSON escapes', async () => {
    const raw = String.raw`{"\u0072ole":"us\u0065r","content":"\u00e9\ud83c\udf0d\/\b\f\ufeff\u2028"}`;
    const answer = await client.call<{ content: string }>('POST', `/api/v1/sessions/${id}/messages`, undefined, {
      raw,
    });
    expect(expectStatus(answer, 201).content).toBe('é🌍/\b\f\ufeff\u2028');
  });

  it('a body that begins with a byte order mark, which is not part of it', async () => {
    const raw = '\ufeff{"role":"user","content":"\ufeffx"}';
    const answer = await client.call<{ content: string }>('POST', `/api/v1/sessions/${id}/messages`, undefined, {
      raw,
    });
    expect(expectStatus(answer, 201).content).toBe('\ufeffx');
  });

  it('responses are UTF-8, and declare it', async () => {
    const answer = await client.save(id, { content: 'é🌍' });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.text).toContain('é🌍');
  });
});
