import { LegacyClient } from '../../support/legacy/client.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { refusal } from '../../support/rest/problems.js';
import { TestServer } from '../../support/http/server.js';
import type { MessageDto } from '../../../src/messages/message.dto.js';
import type { MessagePageDto } from '../../../src/messages/message-page.dto.js';

/** Not what `JSON.stringify` makes of it. */
const oddText = `{ "parts":[{"type":"text","text":"The Nile \\u2603"},{"10":1.0,"2":12345678901234567890}],"a":1,\n"__proto__":{}}`;

describe('payloads', () => {
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

  const path = () => `/api/v1/sessions/${id}/messages`;
  const post = (raw: string) => client.call<MessageDto>('POST', path(), undefined, { raw });
  const body = (fields: string) => `{"role":"assistant",${fields}}`;

  it('are given back as the same JSON text, everywhere', async () => {
    const metadata = '{"b":1e2,"1":"x", "a":null}';
    const sent = body(`"format":"ai-sdk/v6","payload":${oddText},"metadata":${metadata}`);
    const saved = await post(sent);
    const message = expectStatus(saved, 201);
    expect(message.content).toBe('The Nile ☃');
    expect(message.format).toBe('ai-sdk/v6');
    const texts = [saved.text, (await client.messages(id)).text, (await client.message(id, message.id)).text];
    texts.push((await client.messages(id, '?afterSequence=0')).text);
    for (const text of texts) expect(text).toContain(`"payload":${oddText},"metadata":${metadata}`);
  });

  it('are null in a message without one', async () => {
    const saved = expectStatus(await client.save(id, { content: 'x' }), 201);
    expect(saved).toMatchObject({ status: 'complete', format: null, payload: null, metadata: null });
    expect(expectStatus(await client.messages(id), 200).data).toEqual([saved]);
  });

  it('leave the content that is sent, which may be empty', async () => {
    const payload = { parts: [{ type: 'text', text: 'other' }] };
    for (const content of ['mine', '']) {
      const saved = expectStatus(await client.save(id, { content, format: 'ai-sdk/v6', payload }), 201);
      expect(saved.content).toBe(content);
    }
    const unknown = expectStatus(await client.save(id, { format: 'my/v1', payload: ['other'] }), 201);
    expect([unknown.content, unknown.payload]).toEqual(['', ['other']]);
  });

  it('belong to what makes a message the same', async () => {
    const sent = { content: 'x', clientMessageId: 'a', format: 'f', payload: { a: 1 }, metadata: { m: 1 } };
    const saved = await client.save(id, sent);
    expectStatus(saved, 201);
    expect((await client.save(id, sent)).text).toBe(saved.text);
    for (const other of [{ payload: { a: 2 } }, { format: 'g' }, { metadata: { m: 2 } }, { status: 'incomplete' }]) {
      refusal(await client.save(id, { ...sent, ...other }), 409, 'client_message_id_conflict');
    }
    const { payload: _payload, format: _format, ...without } = sent;
    refusal(await client.save(id, without), 409, 'client_message_id_conflict');
    expect(expectStatus(await client.messages(id), 200).data).toHaveLength(1);
  });

  it.each<[string, object, string, string]>([
    ['a payload without a format', { payload: {} }, '/payload', 'must come together with format'],
    ['a format without a payload', { content: 'x', format: 'f' }, '/format', 'must come together with payload'],
    ['a text as payload', { format: 'f', payload: '{}' }, '/payload', 'must be a list or an object'],
    ['null as payload', { content: 'x', format: 'f', payload: null }, '/payload', 'must be a list or an object'],
    ['a list as metadata', { content: 'x', metadata: [] }, '/metadata', 'must be an object, not a list'],
    [
      'nested metadata',
      { content: 'x', metadata: { a: {} } },
      '/metadata',
      'must be flat: its values must be single values, not lists or objects',
    ],
    ['a number as metadata', { content: 'x', metadata: 1 }, '/metadata', 'must be an object'],
    [
      'an unknown status',
      { content: 'x', status: 'done' },
      '/status',
      'must be one of in_progress, complete, incomplete, error',
    ],
    ['an empty content', { content: '' }, '/content', 'must not be empty'],
    ['neither', {}, '/content', 'must be a string'],
    [
      'too many parts',
      { format: 'f', payload: Array<number>(1001).fill(1) },
      '/payload',
      'must have at most 1000 parts, has 1001',
    ],
    [
      'a text with NUL',
      { format: 'openai', payload: [{ type: 'text', text: 'a\0' }] },
      '/payload',
      'has a text that is the content, which must not have the character U+0000',
    ],
    ['a nested role', { role: ['user'], content: 'x' }, '/role', 'must be a single value, not a list or an object'],
  ])('reject %s', async (_, fields, pointer, detail) => {
    const problem = refusal(await client.save(id, fields), 422, 'validation_failed');
    expect(problem.errors).toEqual([{ in: 'body', pointer, detail }]);
    expect(expectStatus(await client.messages(id), 200).data).toEqual([]);
  });

  it('are limited as contents are, and counted with them', async () => {
    const long = 'x'.repeat(1024 * 1024 - 2);
    const sent = { content: `${long}12`, format: 'f', payload: [long.slice(2)] };
    const saved = expectStatus(await client.save(id, sent), 201);
    expect(saved.payload).toEqual(sent.payload);
    const problem = refusal(await client.save(id, { format: 'f', payload: [`${long}1`] }), 422, 'validation_failed');
    expect(problem.errors?.[0]?.pointer).toBe('/payload');
    const rows: { bytes: number }[] = await server.dataSource.query(
      'SELECT content_bytes AS bytes FROM writeassistdev_chat_sessions WHERE session_id = ?',
      [id],
    );
    expect(Number(rows[0]?.bytes)).toBe(2 * 1024 * 1024);
  });

  it('share the bytes of a page with the contents', async () => {
    const payload = ['x'.repeat(1024 * 1024 - 4)];
    for (let n = 0; n < 10; n++) expectStatus(await client.save(id, { content: String(n), format: 'f', payload }), 201);
    const found: string[] = [];
    let pages = 0;
    for (let cursor: string | null = ''; cursor !== null; pages++) {
      const page: MessagePageDto = expectStatus(await client.messages(id, cursor && `?after=${cursor}`), 200);
      found.push(...page.data.map(({ content }: MessageDto) => content));
      for (const message of page.data) expect(message.payload).toEqual(payload);
      cursor = page.nextCursor;
    }
    expect(found).toEqual(Array.from({ length: 10 }, (_, n) => String(n)));
    expect(pages).toBe(2);
  });

  it('and roles that the pages of the plugin do not know are not shown to them', async () => {
    const legacy = await LegacyClient.of(server, client.owner);
    expectStatus(await client.save(id, { content: 'question' }), 201);
    for (const role of ['tool', 'developer']) expectStatus(await client.save(id, { role, content: role }), 201);
    expectStatus(await client.save(id, { role: 'assistant', format: 'f', payload: {} }), 201);
    expectStatus(await client.save(id, { role: 'assistant', content: ' ' }), 201);
    const shown = ['question', ' '];
    const messages = (await legacy.call('get_session_messages', { session_id: id })).body as {
      messages: { content: string }[];
    };
    expect(messages.messages.map(({ content }) => content)).toEqual(shown);
    const history = (await legacy.call('load_chat_history_only', {})).body as { chatHistory: { content: string }[] };
    expect(history.chatHistory.map(({ content }) => content).sort()).toEqual([...shown].sort());
    expect(expectStatus(await client.messages(id), 200).data).toHaveLength(5);
  });
});
