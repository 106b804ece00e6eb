import { expectStatus, type Client } from '../../support/rest/client.js';
import {
  LegacyClient,
  encodings,
  firstAddress,
  laterAddress,
  type LegacyOptions,
} from '../../support/legacy/client.js';
import { nothing, storedOf } from '../../support/legacy/stored-rows.js';
import { itemAt, nextMoment } from '../../support/rest/data.js';
import { TestServer } from '../../support/http/server.js';
import { full } from '../../support/run/full.js';

const ways = encodings.flatMap((encoding) =>
  [firstAddress, laterAddress].flatMap((path) =>
    [false, true].map((bearer): [string, LegacyOptions] => [
      `${encoding} at ${path} with ${bearer ? 'Bearer' : 'sesskey'}`,
      { encoding, path, bearer },
    ]),
  ),
);
/** Each encoding, and each path with each credential. */
const sample = [1, 6, 8, 11].map((index) => itemAt(ways, index));
const done = { success: true };
const wholeSeconds = (milliseconds: number) => Math.floor(milliseconds / 1000);

describe('the actions', () => {
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
  const sessionOf = async (id: string) => expectStatus(await rest.session(id), 200);
  const contentsOf = async (id: string) =>
    expectStatus(await rest.messages(id), 200).data.map(({ content }) => content);

  describe.each(full(ways, sample))('sent as %s', (_, way) => {
    const call = async (action: string, fields: Record<string, unknown> = {}) => {
      const answer = await client.call(action, fields, way);
      expect([answer.status, answer.body]).toEqual([200, answer.body]);
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      return answer.body;
    };
    const ownerKeys = () => ({
      [way.path === laterAddress ? 'researchflowid' : 'writeassistdevid']: client.owner.activityId,
      userid: client.owner.userId,
    });

    it('create_chat_session creates a session and activates it', async () => {
      const other = await rest.newSession({ title: 'Other' });
      const before = wholeSeconds(Date.now());
      const answer = await call('create_chat_session', { title: 'Essay on rivers' });
      const id = String(answer.session_id);
      expect(answer).toEqual({ success: true, session_id: id });
      const { userId, activityId } = client.owner;
      expect(id).toMatch(new RegExp(`^chat_${userId}_${activityId}_\\d{10}_[0-9a-z]{12}$`));
      expect(await sessionOf(id)).toMatchObject({ title: 'Essay on rivers', isActive: true, messageCount: 0 });
      expect(await sessionOf(other)).toMatchObject({ title: 'Other', isActive: false });
      const { active, sessions } = await stored();
      expect([active, sessions.length]).toEqual([id, 2]);
      expect(wholeSeconds(itemAt(sessions, 1).created_at)).toBeGreaterThanOrEqual(before);
    });

    it('get_chat_sessions lists sessions, newest created first', async () => {
      expect(await call('get_chat_sessions')).toEqual({ success: true, sessions: [] });
      const ids = [await rest.newSession({ title: 'First' }), await rest.newSession()];
      expectStatus(await rest.activate(itemAt(ids, 0)), 200);
      expectStatus(await rest.save(itemAt(ids, 0), { content: 'x' }), 201);
      const rows = (await stored()).sessions.map((row, index) => ({
        id: row.id,
        ...ownerKeys(),
        session_id: ids[index],
        title: ['First', 'New Chat'][index],
        is_active: index === 0 ? 1 : 0,
        created_at: wholeSeconds(row.created_at),
        modified_at: wholeSeconds(row.modified_at),
        message_count: index === 0 ? 1 : 0,
      }));
      expect(rows).toHaveLength(2);
      expect(await call('get_chat_sessions')).toEqual({ success: true, sessions: rows.toReversed() });
      expect(await call('get_chat_sessions', { limit: 1 })).toEqual({
        success: true,
        sessions: [rows[1]],
        has_more: true,
      });
    });

    it('switch_chat_session activates another session, and changes nothing else', async () => {
      const first = await rest.newSession();
      const second = await rest.newSession();
      const before = await stored();
      expect(before.active).toBe(second);
      await nextMoment();
      expect(await call('switch_chat_session', { session_id: first })).toEqual(done);
      expect(await stored()).toEqual({ ...before, active: first });
      expect(await call('switch_chat_session', { session_id: first })).toEqual(done);
      expect(expectStatus(await rest.active(), 200).id).toBe(first);
    });

    it('delete_chat_session deletes the session and its messages', async () => {
      const kept = await rest.newSession();
      const gone = await rest.newSession();
      expectStatus(await rest.save(kept, { content: 'stays' }), 201);
      for (const content of ['a', 'b', 'c']) expectStatus(await rest.save(gone, { content }), 201);
      expect(await call('delete_chat_session', { session_id: gone })).toEqual(done);
      const { active, sessions, messages } = await stored();
      expect(active).toBeNull();
      expect(sessions.map(({ session_id: id }) => id)).toEqual([kept]);
      expect(messages.map(({ content }) => content)).toEqual(['stays']);
    });

    it('update_chat_title renames a session', async () => {
      const id = await rest.newSession({ title: 'Old' });
      const before = itemAt((await stored()).sessions, 0);
      await nextMoment();
      expect(await call('update_chat_title', { session_id: id, title: '<b>My</b> New Chat  ' })).toEqual(done);
      const after = itemAt((await stored()).sessions, 0);
      expect(after).toEqual({ ...before, title: 'My New Chat  ', modified_at: after.modified_at });
      expect(after.modified_at).toBeGreaterThan(before.modified_at);
    });

    it('get_session_messages lists messages in the order of their timestamps', async () => {
      const id = await rest.newSession();
      expect(await call('get_session_messages', { session_id: id })).toEqual({ success: true, messages: [] });
      expectStatus(await rest.save(id, { role: 'assistant', content: 'later' }), 201);
      expectStatus(await rest.save(id, { content: 'earlier', timestamp: '2022-01-01T00:00:00.999Z' }), 201);
      const rows = (await stored()).messages.map((row) => ({
        id: row.id,
        ...ownerKeys(),
        chat_session_id: id,
        role: row.role,
        content: row.content,
        timestamp: wholeSeconds(row.timestamp),
        created_at: wholeSeconds(row.created_at),
      }));
      expect(rows.map(({ timestamp }) => timestamp)).toEqual([rows[0]?.created_at, 1640995200]);
      expect(await call('get_session_messages', { session_id: id })).toEqual({
        success: true,
        messages: rows.toReversed(),
      });
      expect(await call('get_session_messages', { session_id: id, limit: 1 })).toEqual({
        success: true,
        messages: [rows[0]],
        has_more: true,
      });
    });

    it.each(['save_session_message', 'append_message'])('%s saves a message and returns its id', async (action) => {
      const id = await rest.newSession();
      const fields = {
        session_id: id,
        role: 'assistant',
        content: 'Über 6 650 km\n— "ja" & 100 %',
        timestamp: 1640995200,
      };
      const answer = await call(action, { ...fields, client_message_id: 'm-1' });
      const { sessions, messages } = await stored();
      const message = itemAt(messages, 0);
      expect(answer).toEqual({ success: true, message_id: message.id });
      expect(messages).toEqual([
        {
          id: message.id,
          chat_session_id: id,
          sequence: 1,
          role: 'assistant',
          // FormData converts line ends to CRLF.
          content: way.encoding === 'multipart' ? fields.content.replace('\n', '\r\n') : fields.content,
          timestamp: 1640995200000,
          created_at: message.created_at,
          client_message_id: 'm-1',
          history_time: 1640995200000,
        },
      ]);
      expect(Math.abs(Date.now() - message.created_at)).toBeLessThan(10_000);
      expect(sessions.map((row) => [row.message_count, row.modified_at])).toEqual([[1, message.created_at]]);
    });

    it('clear_session_messages empties the session', async () => {
      const id = await rest.newSession({ title: 'Kept' });
      const other = await rest.newSession();
      for (const session of [id, id, other]) expectStatus(await rest.save(session, { content: 'x' }), 201);
      expect(await call('clear_session_messages', { session_id: id })).toEqual(done);
      expect(await sessionOf(id)).toMatchObject({ title: 'Kept', messageCount: 0 });
      expect([await contentsOf(id), await contentsOf(other)]).toEqual([[], ['x']]);
      expect((await stored()).active).toBe(other);
    });

    it('load_chat_history_only lists the messages of all sessions, newest first', async () => {
      expect(await call('load_chat_history_only')).toEqual({ success: true, chatHistory: [] });
      const saved = [
        { session: 'chat-1', role: 'user', content: 'one', timestamp: '2022-01-01T00:00:00.250Z' },
        { session: 'default', role: 'assistant', content: 'two', timestamp: '2022-01-01T00:00:01Z' },
      ];
      const items: object[] = [];
      for (const { session, role, content, timestamp } of saved) {
        await rest.createSession({ id: session });
        const { id } = expectStatus(await rest.save(session, { role, content, timestamp }), 201);
        items.push({ id: Number(id), role, content, timestamp: Date.parse(timestamp) / 1000 });
      }
      expect(await call('load_chat_history_only')).toEqual({ success: true, chatHistory: items.toReversed() });
      const ofOne = { session_id: 'chat-1' };
      expect(await call('load_chat_history_only', ofOne)).toEqual({ success: true, chatHistory: [items[0]] });
      expect(await call('load_chat_history_only', { limit: 1 })).toEqual({
        success: true,
        chatHistory: [items[1]],
        has_more: true,
      });
      expect(await call('load_chat_history_only', { before: 1640995201 })).toEqual({
        success: true,
        chatHistory: [items[0]],
      });
    });

    it('test succeeds and writes nothing', async () => {
      expect(await call('test')).toEqual({ success: true, message: 'AJAX endpoint working' });
      expect(await stored()).toEqual(nothing);
    });
  });
});
