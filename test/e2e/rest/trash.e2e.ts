import { sqlOf } from '../../support/database/access.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { getMessage, idsOf, itemAt, saveAll, walkSessions } from '../../support/rest/data.js';
import { refusal, wrongField } from '../../support/rest/problems.js';
import { LegacyClient } from '../../support/legacy/client.js';
import { TestServer } from '../../support/http/server.js';

const texts = ['How long is the Nile?', '6,650 km.', 'And the Amazon?'];

describe('the trash', () => {
  let server: TestServer;
  let client: Client;
  let session: string;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
    session = await client.newSession({ title: 'Rivers', metadata: { course: 'geography' } });
    await saveAll(
      client,
      session,
      texts.map((content, index) => ({ content, clientMessageId: `m${index}` })),
    );
  });
  afterAll(() => server.stop());

  const get = async (id = session) => expectStatus(await client.session(id), 200);
  const listed = async (query = '') => idsOf(expectStatus(await client.sessions(query), 200).data);
  const contents = async (id = session) =>
    expectStatus(await client.messages(id), 200).data.map(({ content }) => content);
  const history = async () => {
    const page = await LegacyClient.of(server, client.owner);
    return expectStatus(await page.call('load_chat_history_only'), 200).chatHistory?.length;
  };
  const found = async (q: string) => expectStatus(await client.search(q), 200).data.length;

  describe('with a deleted session', () => {
    it('hides it, its messages and its title everywhere at once', async () => {
      const { id } = itemAt(expectStatus(await client.messages(session), 200).data, 0);
      expect([await found('nile'), await found('rivers'), await history()]).toEqual([1, 1, 3]);
      expectStatus(await client.deleteSession(session), 204);
      expect(await listed()).toEqual([]);
      expect([await found('nile'), await found('rivers'), await history()]).toEqual([0, 0, 0]);
      refusal(await client.active(), 404, 'no_active_session');
      for (const answer of [
        await client.session(session),
        await client.rename(session, 'x'),
        await client.activate(session),
        await client.messages(session),
        await client.messages(session, '?afterSequence=0'),
        await getMessage(client, session, id),
        await client.change(session, id, { takeLease: true }),
        await client.save(session, { content: 'x' }),
        await client.saveBatch(session, [{ role: 'user', content: 'x' }]),
        await client.clear(session),
        await client.restoreMessages(session),
        await client.deleteSession(session),
      ])
        refusal(answer, 404, 'session_not_found');
      const page = await LegacyClient.of(server, client.owner);
      expect(await page.sessions()).toEqual([]);
      expect((await page.call('get_session_messages', { session_id: session })).status).toBe(404);
      expect((await page.call('switch_chat_session', { session_id: session })).status).toBe(404);
    });

    it('is listed by its state, in every order and with other filters', async () => {
      const before = await get();
      const live = await client.newSession({ title: 'Lakes' });
      expectStatus(await client.deleteSession(session), 204);
      for (const order of ['', '&order=created', '&order=title']) {
        expect(await listed(`?state=trash${order}`)).toEqual([session]);
        expect((await listed(`?state=all${order}`)).sort()).toEqual([session, live].sort());
        expect(await listed(`?state=live${order}`)).toEqual([live]);
        const pages = await walkSessions(client, `state=all&limit=1${order}`);
        expect(pages.map((page) => page.length)).toEqual([1, 1]);
      }
      expect(await listed('?state=trash&q=river&metadataKey=course&metadataValue=geography')).toEqual([session]);
      expect(await listed('?state=trash&q=lakes')).toEqual([]);
      const trashed = itemAt(expectStatus(await client.sessions('?state=trash'), 200).data, 0);
      expect(Date.now() - Date.parse(String(trashed.deletedAt))).toBeLessThan(60_000);
      expect(trashed).toEqual(Object.assign(before, { isActive: false, version: 2, deletedAt: trashed.deletedAt }));
    });

    it('refuses other states', async () => {
      for (const state of ['', 'deleted', 'Trash', 'constructor']) {
        const detail = 'must be one of live, trash, all';
        expect(wrongField(await client.sessions(`?state=${state}`))).toEqual({ pointer: '/state', detail });
      }
    });

    it('restores it exactly, but not as the active one', async () => {
      const before = await get();
      const messages = await client.messages(session);
      expectStatus(await client.deleteSession(session), 204);
      const restored = expectStatus(await client.restoreSession(session), 200);
      expect(restored).toEqual(Object.assign(before, { isActive: false, version: 3 }));
      expect((await client.messages(session)).text).toBe(messages.text);
      expect(await listed('?state=trash')).toEqual([]);
      expect(await get()).toEqual(restored);
      expect([await found('nile'), await found('rivers'), await history()]).toEqual([1, 1, 3]);
      expect(expectStatus(await client.save(session, { content: 'More' }), 201).sequence).toBe(4);
      expect(expectStatus(await client.restoreSession(session), 200)).toMatchObject({ version: 3, messageCount: 4 });
    });

    it('restores what was never there as little as what others have', async () => {
      refusal(await client.restoreSession('never'), 404, 'session_not_found');
      refusal(await client.restoreSession('a b'), 404, 'session_not_found');
      expectStatus(await client.deleteSession(session), 204);
      const stranger = await server.client();
      refusal(await stranger.restoreSession(session), 404, 'session_not_found');
      expect(await listed('?state=trash')).toEqual([session]);
    });

    it('compares If-Match, and counts the deletion as a change', async () => {
      const headers = { 'if-match': '"7"' };
      refusal(
        await client.call('DELETE', `/api/v1/sessions/${session}`, undefined, { headers }),
        412,
        'version_conflict',
      );
      expect(await listed()).toEqual([session]);
      const deleted = { headers: { 'if-match': '"1"' } };
      const remove = (query = '') => client.call('DELETE', `/api/v1/sessions/${session}${query}`, undefined, deleted);
      expect((await remove()).status).toBe(204);
      refusal(await remove(), 404, 'session_not_found');
      refusal(await remove('?permanently=true'), 412, 'version_conflict');
    });

    it('has it missing also for a request that expects another version', async () => {
      expectStatus(await client.deleteSession(session), 204);
      const headers = { 'if-match': '"7"' };
      const remove = (path: string) =>
        client.call('DELETE', `/api/v1/sessions/${session}${path}`, undefined, { headers });
      for (const answer of [
        await client.changeSession(session, { pinned: true }, headers['if-match']),
        await remove(''),
        await remove('/messages'),
      ])
        refusal(answer, 404, 'session_not_found');
      refusal(await remove('?permanently=true'), 412, 'version_conflict');
      expect(await listed('?state=trash')).toEqual([session]);
    });

    it('deletes and restores once, however many do so at the same time', async () => {
      const deletions = await Promise.all(texts.map(() => client.deleteSession(session)));
      expect(deletions.map(({ status }) => status).sort()).toEqual([204, 404, 404]);
      const restored = await Promise.all(texts.map(() => client.restoreSession(session)));
      for (const answer of restored) expect(expectStatus(answer, 200).version).toBe(3);
      expect(await contents()).toEqual(texts);
    });

    it('gives a new session under its id the row without the messages, which are restored into it', async () => {
      const { createdAt } = await get();
      expectStatus(await client.deleteSession(session), 204);
      const created = expectStatus(await client.createSession({ id: session, title: 'Seas', pinned: true }), 201);
      expect(created).toMatchObject({ id: session, title: 'Seas', pinned: true, isActive: true, messageCount: 0 });
      expect(created).toMatchObject({ metadata: {}, deletedAt: null });
      expect(Date.parse(created.createdAt)).toBeGreaterThan(Date.parse(createdAt));
      expect(await contents()).toEqual([]);
      expect(await listed('?state=all')).toEqual([session]);
      expectStatus(await client.save(session, { content: 'Deep' }), 201);
      expect([await found('nile'), await found('rivers'), await history()]).toEqual([0, 0, 1]);
      expect(expectStatus(await client.restoreMessages(session), 200)).toMatchObject({
        title: 'Seas',
        messageCount: 4,
      });
      expect(await contents()).toEqual([...texts, 'Deep']);
      refusal(await client.restoreMessages(session), 404, 'nothing_in_trash');
    });

    it('gives a new session under its id what was read before, also when all messages were deleted one by one', async () => {
      for (const change of [
        'writeassistdev_chat SET deletion_id = 1, on_branch = NULL WHERE chat_session_id = ?',
        'writeassistdev_chat_sessions SET message_count = 0, content_bytes = 0, summary_sequence = 0 WHERE session_id = ?',
      ])
        await sqlOf(server).execute(`UPDATE ${change}`, [session]);
      expectStatus(await client.deleteSession(session), 204);
      const created = expectStatus(await client.createSession({ id: session }), 201);
      expect(created).toMatchObject({ lastReadSequence: 3, unreadCount: 0 });
    });

    it('is left by no message of a page that uses the id again', async () => {
      const page = await LegacyClient.of(server, client.owner);
      await page.append({ session_id: 'chat-1', content: 'before' });
      expectStatus(await page.call('delete_chat_session', { session_id: 'chat-1' }), 200);
      await page.append({ session_id: 'chat-1', content: 'after' });
      expect(await contents('chat-1')).toEqual(['after']);
      expect(expectStatus(await client.restoreMessages('chat-1'), 200).messageCount).toBe(2);
      expect(await contents('chat-1')).toEqual(['before', 'after']);
    });
  });

  describe('with cleared messages', () => {
    it('hides them at once, and restores them in one step', async () => {
      const before = await get();
      const text = (await client.messages(session)).text;
      const { id } = itemAt(expectStatus(await client.messages(session), 200).data, 0);
      expectStatus(await client.clear(session), 204);
      expect(await contents()).toEqual([]);
      refusal(await getMessage(client, session, id), 404, 'message_not_found');
      expect([await found('nile'), await found('rivers'), await history()]).toEqual([0, 1, 0]);
      expect(await get()).toMatchObject({ messageCount: 0, version: 2 });
      const restored = expectStatus(await client.restoreMessages(session), 200);
      expect(restored).toEqual(Object.assign(before, { version: 3, modifiedAt: restored.modifiedAt }));
      expect((await client.messages(session)).text).toBe(text);
      expect([await found('nile'), await history()]).toEqual([1, 3]);
    });

    it('restores the newest first, beside what was saved since', async () => {
      expectStatus(await client.clear(session), 204);
      await saveAll(client, session, [{ content: 'second' }]);
      expectStatus(await client.clear(session), 204);
      await saveAll(client, session, [{ content: 'third' }]);
      const page = await LegacyClient.of(server, client.owner);
      expect(expectStatus(await page.call('clear_session_messages', { session_id: session }), 200)).toBeTruthy();
      await saveAll(client, session, [{ content: 'fourth' }]);
      for (const expected of [['third'], ['second', 'third'], [...texts, 'second', 'third']]) {
        const { messageCount } = expectStatus(await client.restoreMessages(session), 200);
        expect(await contents()).toEqual([...expected, 'fourth']);
        expect(messageCount).toBe(expected.length + 1);
      }
      refusal(await client.restoreMessages(session), 404, 'nothing_in_trash');
    });

    it('has nothing of an empty session', async () => {
      const empty = await client.newSession();
      expectStatus(await client.clear(empty), 204);
      refusal(await client.restoreMessages(empty), 404, 'nothing_in_trash');
      refusal(await client.restoreMessages('never'), 404, 'session_not_found');
    });

    it('keeps them in the trash while their session is deleted and restored', async () => {
      expectStatus(await client.clear(session), 204);
      await saveAll(client, session, [{ content: 'kept' }]);
      expectStatus(await client.deleteSession(session), 204);
      expectStatus(await client.restoreSession(session), 200);
      expect(await contents()).toEqual(['kept']);
      expectStatus(await client.restoreMessages(session), 200);
      expect(await contents()).toEqual([...texts, 'kept']);
    });

    it('shows a page all messages of its history, however many are hidden between them', async () => {
      const page = await LegacyClient.of(server, client.owner);
      for (const round of [1, 2, 3]) {
        await page.append({ session_id: session, content: `${round}` });
        expectStatus(await client.clear(session), 204);
      }
      await page.append({ session_id: session, content: 'visible' });
      expect(await history()).toBe(1);
    });
  });
});
