import { expectStatus, type Client } from '../../support/rest/client.js';
import { LegacyClient, encodings, failure, messageId, type LegacyOptions } from '../../support/legacy/client.js';
import { nothing, storedOf } from '../../support/legacy/stored-rows.js';
import { itemAt } from '../../support/rest/data.js';
import { TestServer } from '../../support/http/server.js';

const saving = ['save_session_message', 'append_message'];
/** Of the form that this server gives out, and of forms that only begin like it. */
const givenIds = ['chat_1_1_1795367764_abcdefghijkl', 'chat_', 'chat_x', 'chat_1_1_1795367764_6b0323541bea6'];

describe('saving messages', () => {
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
  const save = (action: string, fields: object, options?: LegacyOptions) =>
    client.call(action, { role: 'user', content: 'x', ...fields }, options);
  const sessionsById = async () =>
    Object.fromEntries((await client.sessions()).map((row) => [row.session_id, [row.title, row.message_count]]));

  describe.each(saving)('by %s', (action) => {
    it('into a session that is not there makes it, active when none is', async () => {
      const first = messageId(await save(action, { session_id: 'chat-1', content: 'one' }));
      expect(await sessionsById()).toEqual({ 'chat-1': ['New Chat', 1] });
      expect(expectStatus(await rest.active(), 200).id).toBe('chat-1');
      const second = messageId(await save(action, { session_id: 'chat-2', content: 'two' }));
      expect(await sessionsById()).toEqual({ 'chat-1': ['New Chat', 1], 'chat-2': ['New Chat', 1] });
      expect(expectStatus(await rest.active(), 200).id).toBe('chat-1');
      expectStatus(await client.call('delete_chat_session', { session_id: 'chat-1' }), 200);
      const third = messageId(await save(action, { session_id: 'chat-2', content: 'three' }));
      const { active, messages } = await stored();
      expect(active).toBeNull();
      expect(messages.map(({ id }) => id)).toEqual([second, third]);
      expect([first, second, third].every(Number.isInteger)).toBe(true);
    });

    it('into another session than the active one does not switch', async () => {
      const id = await client.newSession('Old');
      const active = await client.newSession();
      messageId(await save(action, { session_id: id }));
      messageId(await save(action, { session_id: id }));
      expect((await stored()).active).toBe(active);
      expect(await sessionsById()).toEqual({ [id]: ['Old', 2], [active]: ['New Chat', 0] });
    });

    it.each(givenIds)('does not make a session called "%s": only this server does', async (id) => {
      failure(await save(action, { session_id: id }), 404, 'session_not_found');
      failure(await save(action, { session_id: id, client_message_id: 'm' }), 404, 'session_not_found');
      expect(await stored()).toEqual(nothing);
    });

    it.each(['CHAT_1', 'chat-', 'Chat_x', 'xchat_1', '_', '-', '0', 'x'.repeat(50), 'default'])(
      'makes a session called "%s"',
      async (id) => {
        messageId(await save(action, { session_id: id }));
        expect(await sessionsById()).toEqual({ [id]: ['New Chat', 1] });
      },
    );

    it('does not bring a deleted chat back', async () => {
      const id = await client.newSession();
      messageId(await save(action, { session_id: id }));
      expectStatus(await client.call('delete_chat_session', { session_id: id }), 200);
      const before = await stored();
      failure(await save(action, { session_id: id }), 404, 'session_not_found');
      expect(await stored()).toEqual(before);
      expect(before).toEqual({ ...nothing, owners: 1 });
    });

    it.each(['x'.repeat(51), 'active', 'a b', 'a/b', 'é', 'a.b', "' OR '1'='1", '<b>x</b>'])(
      'into "%s", which no session may be called, is refused',
      async (id) => {
        const answer = await save(action, { session_id: id });
        expect(failure(answer, 400, 'invalid_parameter')).toBe(
          'Invalid parameter (session_id): it must be 1 to 50 of A-Z, a-z, 0-9, _ and -, and not the word active',
        );
        expect(await stored()).toEqual(nothing);
      },
    );

    it.each(['role', 'content'])('without %s is refused, in the words of the original', async (name) => {
      const answer = await save(action, { session_id: 'chat-1', [name]: undefined });
      expect(failure(answer, 400, 'missing_parameter')).toBe(`A required parameter (${name}) was missing`);
      expect(await stored()).toEqual(nothing);
    });

    it('again under its client_message_id answers the first, in any encoding, and writes nothing', async () => {
      const fields = { session_id: 'chat-1', client_message_id: 'm-1', timestamp: 1640995200.25 };
      const id = messageId(await save(action, fields));
      const before = await stored();
      for (const encoding of encodings) {
        expect(expectStatus(await save(action, fields, { encoding }), 200)).toEqual({ success: true, message_id: id });
      }
      const { timestamp: _, ...without } = fields;
      expect(messageId(await save(action, without))).toBe(id);
      expect(await stored()).toEqual(before);
      expect(before.messages).toHaveLength(1);
    });

    it.each([
      ['session', { session_id: 'chat-2' }],
      ['session, which is there', { session_id: 'chat-3' }],
      ['role', { role: 'assistant' }],
      ['content', { content: 'X' }],
      ['timestamp', { timestamp: 1640995200.5 }],
    ])('under a client_message_id of a message with another %s is refused, and writes nothing', async (_, changed) => {
      await client.append({ session_id: 'chat-3' });
      const fields = { session_id: 'chat-1', client_message_id: 'm-1', timestamp: 1640995200.25 };
      messageId(await save(action, fields));
      const before = await stored();
      const answer = await save(action, { ...fields, ...changed });
      expect(failure(answer, 409, 'client_message_id_conflict')).toBe(
        'A message with this client_message_id and another session, role, content or timestamp was saved before; it is unchanged.',
      );
      expect(await stored()).toEqual(before);
    });

    it.each(['x'.repeat(101), 'a b', 'é', 'a\nb'])('under the client_message_id "%s" is refused', async (name) => {
      failure(await save(action, { session_id: 'chat-1', client_message_id: name }), 400, 'invalid_parameter');
      expect(await stored()).toEqual(nothing);
    });

    it('without a client_message_id, or with an empty one, saves as often as it is sent', async () => {
      const fields = { session_id: 'chat-1' };
      for (const more of [{}, {}, { client_message_id: '' }, { client_message_id: ' ' }]) {
        messageId(await save(action, { ...fields, ...more }));
      }
      const { messages } = await stored();
      expect(messages.map((row) => [row.sequence, row.client_message_id])).toEqual([
        [1, null],
        [2, null],
        [3, null],
        [4, null],
      ]);
    });

    it('sixteen times at once under one client_message_id makes one session and one message', async () => {
      const fields = { session_id: 'chat-1', client_message_id: 'once' };
      const calls = Array.from({ length: 16 }, (_, n) => save(action, fields, { encoding: itemAt(encodings, n % 3) }));
      const ids = (await Promise.all(calls)).map(messageId);
      expect(new Set(ids).size).toBe(1);
      const { active, sessions, messages } = await stored();
      expect(messages.map(({ id }) => id)).toEqual([ids[0]]);
      expect(sessions.map((row) => [row.session_id, row.message_count, row.last_sequence])).toEqual([['chat-1', 1, 1]]);
      expect(active).toBe('chat-1');
    });

    it('sixteen different first messages at once makes one session of all', async () => {
      const calls = Array.from({ length: 16 }, (_, n) => save(action, { session_id: 'chat-1', content: String(n) }));
      const ids = (await Promise.all(calls)).map(messageId);
      const { sessions, messages } = await stored();
      expect(messages.map(({ id }) => id)).toEqual(ids.toSorted((a, b) => a - b));
      expect(messages.map(({ sequence }) => sequence).sort((a, b) => a - b)).toEqual(ids.map((_, n) => n + 1));
      expect(new Set(messages.map(({ content }) => content)).size).toBe(16);
      expect(new Set(messages.map((row) => row.history_time)).size).toBe(16);
      expect(sessions.map((row) => [row.session_id, row.message_count])).toEqual([['chat-1', 16]]);
    });

    it('the first messages of several sessions at once makes one of them active', async () => {
      const names = ['chat-1', 'chat-2', 'chat-3', 'chat-4'];
      await Promise.all(names.map(async (name) => messageId(await save(action, { session_id: name }))));
      const sessions = await client.sessions();
      expect(sessions.map(({ session_id: id }) => id).sort()).toEqual(names);
      expect(sessions.map(({ is_active: active }) => active).sort()).toEqual([0, 0, 0, 1]);
    });
  });

  it.each([
    ['no', {}],
    ['an empty', { session_id: '' }],
    ['a blank', { session_id: ' \t\n ' }],
  ])('by append_message with %s session_id goes to the session default', async (_, fields) => {
    const id = messageId(await save('append_message', fields));
    messageId(await save('append_message', fields));
    expect(await sessionsById()).toEqual({ default: ['New Chat', 2] });
    expect((await client.messages('default')).map((row) => row.id)[0]).toBe(id);
  });

  it('goes where the sent id says, white space around it aside', async () => {
    messageId(await save('append_message', { session_id: ' chat-1\n' }));
    messageId(await save('save_session_message', { session_id: '\tchat-1 ' }));
    expect(await sessionsById()).toEqual({ 'chat-1': ['New Chat', 2] });
  });

  it('one client_message_id is of one owner: another may use it too', async () => {
    const other = await LegacyClient.of(server);
    const fields = { session_id: 'chat-1', client_message_id: 'm-1' };
    const ids = [await client.append(fields), await other.append({ ...fields, content: 'another' })];
    expect(ids[0]).not.toBe(ids[1]);
    expect((await other.messages('chat-1')).map(({ content }) => content)).toEqual(['another']);
  });
});
