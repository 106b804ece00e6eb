import type { SessionDto } from '../../../src/sessions/session.dto.js';
import { sqlOf } from '../../support/database/access.js';
import { TestServer } from '../../support/http/server.js';
import { LegacyClient } from '../../support/legacy/client.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { saveAll } from '../../support/rest/data.js';
import { refusal, wrongField } from '../../support/rest/problems.js';

describe('what a list shows of the messages of a session', () => {
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

  /** The session, which is the same in every answer that has it. */
  const get = async (): Promise<SessionDto> => {
    const session = expectStatus(await client.session(id), 200);
    const listed = ['', '?order=created', '?order=title', '?archived=false'].map(async (query) =>
      expectStatus(await client.sessions(query), 200).data.find((one) => one.id === id),
    );
    for (const one of await Promise.all(listed)) expect(one).toEqual(session);
    expect(expectStatus(await client.activate(id), 200)).toMatchObject({ preview: session.preview });
    expect(expectStatus(await client.active(), 200)).toEqual(Object.assign({}, session, { isActive: true }));
    return session;
  };
  const summary = async () => {
    const { preview, unreadCount, lastReadSequence } = await get();
    return { text: preview?.text ?? null, unreadCount, lastReadSequence };
  };
  const save = (...messages: object[]) => saveAll(client, id, messages);
  const read = async (lastReadSequence: number) =>
    expectStatus(await client.changeSession(id, { lastReadSequence }), 200);
  const user = (content: string) => ({ role: 'user', content });
  const assistant = (content: string) => ({ role: 'assistant', content });

  describe('the preview', () => {
    it('is null without messages, and after they were cleared', async () => {
      expect(await summary()).toEqual({ text: null, unreadCount: 0, lastReadSequence: 0 });
      await save(user('a'), assistant('b'));
      expectStatus(await client.clear(id), 204);
      expect(await summary()).toEqual({ text: null, unreadCount: 0, lastReadSequence: 1 });
      await save(assistant('c'));
      expect(await summary()).toEqual({ text: 'c', unreadCount: 1, lastReadSequence: 1 });
    });

    it('is the last message that was saved, with its role and its time', async () => {
      const messages = await save(user('Question'), assistant(' An\n\nanswer '), {
        ...assistant('older'),
        timestamp: '2020-01-01T00:00:00.000Z',
      });
      expect((await get()).preview).toEqual({
        text: 'older',
        role: 'assistant',
        timestamp: messages[2]?.timestamp,
      });
      await client.save(id, { ...user('🌍'.repeat(300)), timestamp: '2020-01-01T00:00:00.000Z' });
      expect((await get()).preview?.text).toBe('🌍'.repeat(200));
    });

    it('has the time that the message was given, also when that is not its time of saving', async () => {
      const ahead = new Date(Date.now() + 60_000).toISOString();
      const [, second] = await save({ ...user('a'), timestamp: ahead }, assistant('b'));
      expect(second?.timestamp).toBe(ahead);
      expect((await get()).preview).toEqual({ text: 'b', role: 'assistant', timestamp: ahead });
    });

    it.each([
      { ...user(''), payload: [], format: 'own' },
      { role: 'tool', content: 'x' },
      { role: 'developer', content: 'x' },
    ])('stays with %j, which counts as unread unless the user has sent it', async (message) => {
      await save(assistant('shown'), message);
      const unreadCount = message.role === 'user' ? 0 : 2;
      expect(await summary()).toMatchObject({ text: 'shown', unreadCount });
    });

    it('is that of several messages that are saved at once, and of one of a page of the plugin', async () => {
      const path = `/api/v1/sessions/${id}/messages/batch`;
      expectStatus(await client.call('POST', path, { messages: [user('a'), assistant('b'), assistant('c')] }), 200);
      expect(await summary()).toEqual({ text: 'c', unreadCount: 2, lastReadSequence: 1 });
      const page = new LegacyClient(server.url, client.token, client.owner);
      const fields = { session_id: id, role: 'user', content: 'by a page', sesskey: client.token };
      await page.call('save_session_message', fields);
      expect(await summary()).toEqual({ text: 'by a page', unreadCount: 0, lastReadSequence: 4 });
    });

    it('of one owner is not changed by another, who has a session of the same name', async () => {
      id = await client.newSession({ id: 'same' });
      await save(assistant('mine'));
      const stranger = await server.client();
      await stranger.newSession({ id });
      await saveAll(stranger, id, [assistant('theirs'), assistant('theirs')]);
      expectStatus(await stranger.changeSession(id, { lastReadSequence: 2 }), 200);
      expectStatus(await stranger.clear(id), 204);
      expect(await summary()).toEqual({ text: 'mine', unreadCount: 1, lastReadSequence: 0 });
    });

    it('is not changed by a message that is sent again', async () => {
      const message = { ...assistant('once'), clientMessageId: 'once' };
      await save(message, assistant('later'));
      expectStatus(await client.save(id, message), 200);
      expect(await summary()).toEqual({ text: 'later', unreadCount: 2, lastReadSequence: 0 });
    });
  });

  describe('a message that is written in chunks', () => {
    const begin = async (content = '') =>
      expectStatus(await client.save(id, { ...assistant(content), status: 'in_progress' }), 201);
    const end = async ({ id: message, lease, contentBytes }: Awaited<ReturnType<typeof begin>>, append: string) => {
      const change = { lease, offset: contentBytes, append, status: 'complete' };
      expectStatus(await client.change(id, message, change), 200);
    };

    it('is shown when it has a text: with that of its creation, and at its end', async () => {
      await save(user('question'));
      await end(await begin(), '');
      expect(await summary()).toEqual({ text: 'question', unreadCount: 1, lastReadSequence: 1 });
      const message = await begin('The Nile');
      expect(await summary()).toEqual({ text: 'The Nile', unreadCount: 2, lastReadSequence: 1 });
      await end(message, ' is long.');
      expect((await get()).preview).toEqual({
        text: 'The Nile is long.',
        role: 'assistant',
        timestamp: message.timestamp,
      });
      expect(await summary()).toMatchObject({ unreadCount: 2 });
    });

    it('is not shown when a later message is', async () => {
      const first = await begin();
      const second = await begin();
      await save(user('later'));
      await end(first, 'first');
      expect(await summary()).toEqual({ text: 'later', unreadCount: 0, lastReadSequence: 3 });
      await end(second, 'second');
      expect(await summary()).toMatchObject({ text: 'later' });
    });

    it('is shown when the later messages have no text', async () => {
      const message = await begin();
      await save({ role: 'tool', content: 'found' });
      const later = await begin();
      await end(message, 'answer');
      expect(await summary()).toEqual({ text: 'answer', unreadCount: 3, lastReadSequence: 0 });
      await end(later, 'and more');
      expect(await summary()).toMatchObject({ text: 'and more' });
    });
  });

  describe('lastReadSequence', () => {
    beforeEach(() => save(user('a'), assistant('b'), assistant('c'), { role: 'tool', content: 'd' }));

    it('goes up, and never back', async () => {
      expect(await summary()).toEqual({ text: 'c', unreadCount: 3, lastReadSequence: 1 });
      for (const [sequence, expected, unreadCount] of [
        [2, 2, 2],
        [1, 2, 2],
        [0, 2, 2],
        [3, 3, 1],
        [4, 4, 0],
        [3, 4, 0],
      ] as const) {
        expect(await read(sequence)).toMatchObject({ lastReadSequence: expected, unreadCount });
        expect(await summary()).toEqual({ text: 'c', unreadCount, lastReadSequence: expected });
      }
    });

    it('above the last message means that one', async () => {
      expect(await read(Number.MAX_SAFE_INTEGER)).toMatchObject({ lastReadSequence: 4, unreadCount: 0 });
      await save(assistant('e'));
      expect(await summary()).toEqual({ text: 'e', unreadCount: 1, lastReadSequence: 4 });
    });

    it("is that of the user's own message", async () => {
      await save(user('e'), assistant('f'));
      expect(await summary()).toEqual({ text: 'f', unreadCount: 1, lastReadSequence: 5 });
    });

    it('changes neither the version nor a time, and may come together with others and with If-Match', async () => {
      const before = await get();
      expect(await read(4)).toEqual(Object.assign({}, before, { lastReadSequence: 4, unreadCount: 0 }));
      await save(assistant('e'));
      const change = { lastReadSequence: 5, pinned: true };
      refusal(await client.changeSession(id, change, '"9"'), 412, 'version_conflict');
      expect(await summary()).toMatchObject({ lastReadSequence: 4 });
      const changed = expectStatus(await client.changeSession(id, change, '"1"'), 200);
      expect(changed).toMatchObject({ ...change, unreadCount: 0, version: 2 });
    });

    it('of many sessions is set at once', async () => {
      const other = await client.newSession();
      const body = { operation: 'read', ids: [id, other, 'nowhere'] };
      const { results } = expectStatus(
        await client.call<{ results: object[] }>('POST', '/api/v1/sessions/bulk', body),
        200,
      );
      expect(results).toMatchObject([{ status: 200 }, { status: 200 }, { status: 404 }]);
      expect(await summary()).toEqual({ text: 'c', unreadCount: 0, lastReadSequence: 4 });
    });

    it('of another owner is not found', async () => {
      refusal(await (await server.client()).changeSession(id, { lastReadSequence: 4 }), 404, 'session_not_found');
      expect(await summary()).toMatchObject({ lastReadSequence: 1 });
    });

    it.each([-1, 1.5, 9_007_199_254_740_992, '4', null, true])('%j is refused', async (lastReadSequence) => {
      expect(wrongField(await client.changeSession(id, { lastReadSequence, pinned: true }))).toEqual({
        pointer: '/lastReadSequence',
        detail: 'must be a whole number from 0 to 9007199254740991',
      });
      expect(await get()).toMatchObject({ lastReadSequence: 1, pinned: false });
    });

    it('is no field of a new session', async () => {
      expect(wrongField(await client.createSession({ lastReadSequence: 1 })).pointer).toBe('/lastReadSequence');
    });
  });

  describe('after an older program, which knows none of it,', () => {
    const execute = (sql: string, parameters: (string | number)[]) => sqlOf(server).execute(sql, parameters);
    const owned = () => [client.owner.activityId, client.owner.userId, id];
    /** As the previous release saves a message. */
    const saveAsOlder = async (role: string, content: string, sequence: number) => {
      await execute(
        `UPDATE writeassistdev_chat_sessions SET last_sequence = ?, message_count = message_count + 1
         WHERE writeassistdevid = ? AND userid = ? AND session_id = ?`,
        [sequence, ...owned()],
      );
      await execute(
        `INSERT INTO writeassistdev_chat (writeassistdevid, userid, chat_session_id, role, content, sequence, timestamp,
           created_at, history_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [...owned(), role, content, sequence, ...Array<number>(3).fill(Date.now() + sequence)],
      );
    };
    const clearAsOlder = async () => {
      await execute(
        'DELETE FROM writeassistdev_chat WHERE writeassistdevid = ? AND userid = ? AND chat_session_id = ?',
        owned(),
      );
      await execute(
        `UPDATE writeassistdev_chat_sessions SET message_count = 0
         WHERE writeassistdevid = ? AND userid = ? AND session_id = ?`,
        owned(),
      );
    };

    it('has saved, it is read from the messages', async () => {
      await save(assistant('a'));
      await saveAsOlder('assistant', 'b', 2);
      expect(await summary()).toEqual({ text: 'b', unreadCount: 2, lastReadSequence: 0 });
      await saveAsOlder('user', 'c', 3);
      await saveAsOlder('tool', 'd', 4);
      expect(await summary()).toEqual({ text: 'c', unreadCount: 1, lastReadSequence: 3 });
      await save(assistant('e'));
      expect(await summary()).toEqual({ text: 'e', unreadCount: 2, lastReadSequence: 3 });
    });

    it('has saved, and then one of today, it is as exact', async () => {
      await save(user('a'));
      await saveAsOlder('assistant', 'b', 2);
      await save({ role: 'tool', content: 'c' });
      expect(await summary()).toEqual({ text: 'b', unreadCount: 2, lastReadSequence: 1 });
    });

    it('has saved, the messages of it are counted when some are read', async () => {
      await saveAsOlder('assistant', 'a', 1);
      await saveAsOlder('assistant', 'b', 2);
      expect(await read(1)).toMatchObject({ lastReadSequence: 1, unreadCount: 1, preview: { text: 'b' } });
    });

    it('has cleared the session, it is that of no message', async () => {
      await save(user('a'), assistant('b'));
      await clearAsOlder();
      expect(await summary()).toMatchObject({ text: null, unreadCount: 0 });
      await save({ role: 'tool', content: 'c' });
      expect(await summary()).toMatchObject({ text: null, unreadCount: 1 });
    });
  });
});
