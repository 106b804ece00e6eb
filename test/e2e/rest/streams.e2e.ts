import { LegacyClient } from '../../support/legacy/client.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { refusal, wrongField, wrongFields } from '../../support/rest/problems.js';
import { newOwner, TestServer } from '../../support/http/server.js';
import type { SavedMessageDto } from '../../../src/messages/message.dto.js';
import { waitUntil } from '../../support/run/wait-until.js';

describe('messages that are written in chunks', () => {
  let server: TestServer;
  let client: Client;
  let id: string;
  let lease: string;
  let message: SavedMessageDto;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
    id = await client.newSession();
    message = await begin();
    lease = message.lease ?? '';
  });
  afterAll(() => server.stop());

  const begin = async (fields: object = {}) =>
    expectStatus(await client.save(id, { role: 'assistant', content: '', status: 'in_progress', ...fields }), 201);
  const change = (fields: object, to = message.id) => client.change(id, to, { lease, ...fields });
  const read = async (of = message.id) => {
    const found = expectStatus(await client.message(id, of), 200);
    expect(expectStatus(await client.messages(id), 200).data.find((one) => one.id === of)).toEqual(found);
    return found;
  };
  const rows = async (table: string): Promise<number> => {
    const found: { count: number }[] = await server.dataSource.query(
      `SELECT COUNT(*) AS count FROM writeassistdev_chat_${table} WHERE chat_session_id = ?`,
      [id],
    );
    return Number(found[0]?.count);
  };

  it('begin with a lease, which is in no other answer', async () => {
    expect(message).toMatchObject({ status: 'in_progress', content: '', contentBytes: 0 });
    expect(lease).toMatch(/^[0-9a-f]{32}$/);
    expect(await read()).not.toHaveProperty('lease');
  });

  it('can be read while they grow, and have the whole text at the end', async () => {
    const chunks = ['Der Nil ', 'fließt 🌊 ', 'nach Norden.'];
    let offset = 0;
    for (const append of chunks) {
      const bytes = Buffer.byteLength(append);
      const answer = expectStatus(await change({ offset, append }), 200);
      offset += bytes;
      expect(answer).toEqual({ id: message.id, sessionId: id, status: 'in_progress', contentBytes: offset });
      expect(await read()).toMatchObject({
        status: 'in_progress',
        content: expect.stringMatching(/^Der Nil /) as string,
      });
    }
    const metadata = { model: 'm', outputTokens: 3 };
    const payload = { parts: [{ type: 'text', text: 'x' }] };
    const ended = await change({ status: 'complete', metadata, format: 'ai-sdk/v6', payload });
    expect(expectStatus(ended, 200)).toMatchObject({ status: 'complete', contentBytes: offset });
    const whole = { content: chunks.join(''), status: 'complete', metadata, payload, format: 'ai-sdk/v6' };
    expect(await read()).toMatchObject(whole);
    expect([await rows('streams'), await rows('chunks')]).toEqual([0, 0]);
    expect(await contentBytes()).toBe(Buffer.byteLength(JSON.stringify(metadata) + JSON.stringify(payload)) + offset);
  });

  const contentBytes = async () => {
    const found: { bytes: number }[] = await server.dataSource.query(
      'SELECT content_bytes AS bytes FROM writeassistdev_chat_sessions WHERE session_id = ?',
      [id],
    );
    return Number(found[0]?.bytes);
  };

  it('go on after the content that they were created with', async () => {
    message = await begin({ content: 'Grüße' });
    lease = message.lease ?? '';
    expect(message.contentBytes).toBe(7);
    expectStatus(await change({ offset: 7, append: '!' }), 200);
    expect((await read()).content).toBe('Grüße!');
    expectStatus(await change({ status: 'error' }), 200);
    expect(await read()).toMatchObject({ content: 'Grüße!', status: 'error' });
  });

  it('have each chunk once, however often it is sent', async () => {
    for (let time = 0; time < 3; time++) expectStatus(await change({ offset: 0, append: 'abc' }), 200);
    expectStatus(await change({ offset: 3, append: 'def' }), 200);
    expect(expectStatus(await change({ offset: 0, append: 'abc' }), 200).contentBytes).toBe(6);
    // Cut in another way.
    expect(expectStatus(await change({ offset: 1, append: 'bcd' }), 200).contentBytes).toBe(6);
    const last = { offset: 6, append: 'ghi', status: 'complete' };
    for (let time = 0; time < 3; time++) expect(expectStatus(await change(last), 200).contentBytes).toBe(9);
    expectStatus(await change({ offset: 3, append: 'def' }), 200);
    expectStatus(await change({ status: 'complete' }), 200);
    expect(await read()).toMatchObject({ content: 'abcdefghi', status: 'complete' });
  });

  it('go on after a chunk without a text', async () => {
    for (const offset of [0, 3]) {
      for (let time = 0; time < 2; time++) expectStatus(await change({ offset, append: '' }), 200);
      expectStatus(await change({ offset, append: 'abc' }), 200);
    }
    expectStatus(await change({ offset: 6, append: '', status: 'complete' }), 200);
    expect(await read()).toMatchObject({ content: 'abcabc', status: 'complete' });
  });

  it.each<[string, object, number]>([
    ['a gap', { offset: 4, append: 'x' }, 3],
    ['another text at the same place', { offset: 0, append: 'abd' }, 3],
    ['an overlap that goes on', { offset: 2, append: 'cd' }, 3],
    ['an end that leaves something out', { offset: 0, append: 'ab', status: 'complete' }, 3],
    ['another lease', { offset: 3, append: 'd', lease: '0'.repeat(32) }, 3],
    ['an end with another lease', { status: 'complete', lease: '0'.repeat(32) }, 3],
    ['a sign of life with another lease', { lease: '0'.repeat(32) }, 3],
  ])('refuse %s, with the bytes that they have', async (_, fields, bytes) => {
    expectStatus(await change({ offset: 0, append: 'abc' }), 200);
    expect(refusal(await change(fields), 409, 'append_conflict').contentBytes).toBe(bytes);
    expect(await read()).toMatchObject({ content: 'abc', status: 'in_progress' });
  });

  it('do not change after their end', async () => {
    expectStatus(await change({ offset: 0, append: 'abc', status: 'incomplete' }), 200);
    const later = [{ offset: 3, append: 'd' }, { status: 'complete' }, { offset: 0, append: 'x' }, {}];
    for (const fields of later) expect(refusal(await change(fields), 409, 'message_ended').contentBytes).toBe(3);
    refusal(await change({ lease: undefined, takeLease: true }), 409, 'message_ended');
    expect(await read()).toMatchObject({ content: 'abc', status: 'incomplete' });
    const ordinary = expectStatus(await client.save(id, { content: 'x' }), 201);
    refusal(await change({ offset: 1, append: 'y' }, ordinary.id), 409, 'message_ended');
    expect((await read(ordinary.id)).content).toBe('x');
  });

  it('get exactly one of eight chunks that are written at one place', async () => {
    const texts = Array.from({ length: 8 }, (_, n) => String(n).repeat(4));
    const answers = await Promise.all(texts.map((append) => change({ offset: 0, append })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(409)]);
    expect((await read()).content).toBe(texts[answers.findIndex(({ status }) => status === 200)]);
  });

  it('are created once, also when the first answer was lost', async () => {
    const fields = { clientMessageId: 'reply-1', content: 'a', metadata: { m: 1 } };
    message = await begin(fields);
    lease = message.lease ?? '';
    const again = () => client.save(id, { role: 'assistant', status: 'in_progress', ...fields });
    expect(expectStatus(await again(), 200)).toEqual(message);
    expectStatus(await change({ offset: 1, append: 'b' }), 200);
    expect(expectStatus(await again(), 200)).toMatchObject({ id: message.id, lease, contentBytes: 2, content: 'ab' });
    expectStatus(await change({ status: 'complete', metadata: { m: 2 } }), 200);
    const ended = expectStatus(await again(), 200);
    expect(ended).toMatchObject({ id: message.id, content: 'ab', status: 'complete', metadata: { m: 2 } });
    expect(ended).not.toHaveProperty('lease');
    refusal(
      await client.save(id, { role: 'assistant', ...fields, content: 'ab', status: 'complete' }),
      409,
      'client_message_id_conflict',
    );
  });

  it('are limited as a whole', async () => {
    const half = 'é'.repeat(256 * 1024);
    expectStatus(await change({ offset: 0, append: half }), 200);
    expectStatus(await change({ offset: 512 * 1024, append: half }), 200);
    const problem = wrongField(await change({ offset: 1024 * 1024, append: 'x' }));
    expect(problem.pointer).toBe('/append');
    expect(problem.detail).toMatch(/1048576 bytes of UTF-8; it would have 1048577$/);
    expectStatus(await change({ status: 'complete' }), 200);
    expect((await read()).content).toBe(half + half);
  });

  it.each<[string, object, string[]]>([
    ['no lease', { lease: undefined, offset: 0, append: 'x' }, ['/lease']],
    ['a lease that is none', { lease: 'x', offset: 0, append: 'x' }, ['/lease']],
    ['both', { takeLease: true }, ['/lease']],
    ['an offset alone', { offset: 0 }, ['/offset']],
    ['a text alone', { append: 'x' }, ['/append']],
    ['a negative offset', { offset: -1, append: 'x' }, ['/offset']],
    ['half an offset', { offset: 0.5, append: 'x' }, ['/offset']],
    ['an offset as text', { offset: '0', append: 'x' }, ['/offset']],
    ['NUL', { offset: 0, append: 'a\0' }, ['/append']],
    ['half of a pair', { offset: 0, append: '\ud83d' }, ['/append']],
    ['a beginning', { status: 'in_progress' }, ['/status']],
    ['metadata before the end', { metadata: {} }, ['/metadata']],
    ['a payload before the end', { format: 'f', payload: {} }, ['/format', '/payload']],
    ['another field', { content: 'x' }, ['/content']],
  ])('reject %s', async (_, fields, pointers) => {
    expect(wrongFields(await change(fields))).toEqual(pointers);
    expect(await read()).toMatchObject({ content: '', status: 'in_progress' });
  });

  it('are of their owner and session', async () => {
    const other = await server.client(newOwner());
    const offset = { lease, offset: 0, append: 'x' };
    refusal(await other.change(id, message.id, offset), 404, 'session_not_found');
    await other.createSession({ id });
    refusal(await other.change(id, message.id, offset), 404, 'message_not_found');
    const second = await client.newSession();
    refusal(await client.change(second, message.id, offset), 404, 'message_not_found');
    refusal(await client.change(second, 'x', { lease, status: 'complete' }), 404, 'message_not_found');
    refusal(await client.change('no-such', message.id, offset), 404, 'session_not_found');
    expect((await read()).content).toBe('');
  });

  it('are deleted with their chunks', async () => {
    expectStatus(await change({ offset: 0, append: 'x' }), 200);
    expectStatus(await client.clear(id, '?permanently=true'), 204);
    refusal(await change({ offset: 1, append: 'y' }), 404, 'message_not_found');
    await waitUntil(async () => (await rows('streams')) + (await rows('chunks')) === 0);
    expect(await contentBytes()).toBe(0);
  });

  it('are shown to pages of the plugin as far as they are, and not while they are empty', async () => {
    const legacy = await LegacyClient.of(server, client.owner);
    const shown = async () => {
      const { body } = await legacy.call('get_session_messages', { session_id: id });
      const history = (await legacy.call('load_chat_history_only')).body.chatHistory;
      const contents = body.messages?.map(({ content }) => content);
      expect(history?.map(({ content }) => content)).toEqual(contents);
      return contents;
    };
    expect(await shown()).toEqual([]);
    expectStatus(await change({ offset: 0, append: 'so far' }), 200);
    expect(await shown()).toEqual(['so far']);
    expectStatus(await change({ offset: 6, append: ', so good', status: 'complete' }), 200);
    expect(await shown()).toEqual(['so far, so good']);
  });

  it('are found by a search from their end on', async () => {
    const found = async () => expectStatus(await client.search('nilometer'), 200).data.map((hit) => hit.messageId);
    expectStatus(await change({ offset: 0, append: 'The Nilo' }), 200);
    expectStatus(await change({ offset: 8, append: 'meter' }), 200);
    expect(await found()).toEqual([]);
    expectStatus(await change({ status: 'complete' }), 200);
    expect(await found()).toEqual([message.id]);
  });

  it('of many sizes survive readers and writers at once', async () => {
    const chunk = 'x'.repeat(1000);
    const writing = { goesOn: true };
    const reading = (async () => {
      const seen: number[] = [];
      while (writing.goesOn) {
        const { content } = expectStatus(await client.message(id, message.id), 200);
        const listed = expectStatus(await client.messages(id), 200).data[0]?.content ?? '';
        seen.push(content.length, listed.length);
      }
      return seen;
    })();
    for (let n = 0; n < 40; n++) expectStatus(await change({ offset: n * 1000, append: chunk }), 200);
    expectStatus(await change({ status: 'complete' }), 200);
    writing.goesOn = false;
    const seen = await reading;
    expect(seen.every((length, index) => length % 1000 === 0 && length >= (seen[index - 1] ?? 0))).toBe(true);
    expect((await read()).content).toBe(chunk.repeat(40));
  });
});
