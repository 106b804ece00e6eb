import type { SessionDto } from '../../../src/sessions/session.dto.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { itemAt, idsOf, nextMoment } from '../../support/rest/data.js';
import { refusal } from '../../support/rest/problems.js';
import { TestServer } from '../../support/http/server.js';

describe('sessions', () => {
  let server: TestServer;
  let client: Client;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
  });
  afterAll(() => server.stop());

  const list = async () => expectStatus(await client.sessions(), 200).data;
  const get = async (id: string) => expectStatus(await client.session(id), 200);
  const activeIds = async () => idsOf((await list()).filter(({ isActive }) => isActive));

  describe('creating', () => {
    it('makes a session with the default title and activates it', async () => {
      const before = Date.now();
      const answer = await client.createSession();
      const session = expectStatus(answer, 201);
      expect(session).toEqual({
        id: session.id,
        title: 'New Chat',
        titleSource: 'default',
        isActive: true,
        pinned: false,
        archived: false,
        metadata: {},
        messageCount: 0,
        lastActivityAt: session.createdAt,
        createdAt: session.createdAt,
        modifiedAt: session.createdAt,
        version: 1,
        preview: null,
        unreadCount: 0,
        lastReadSequence: 0,
        deletedAt: null,
      });
      expect(session.id).toMatch(new RegExp(`^chat_${client.owner.userId}_7_\\d{10}_[0-9a-z]{12}$`));
      expect(session.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(Date.parse(session.createdAt)).toBeGreaterThanOrEqual(before);
      expect(Date.parse(session.createdAt)).toBeLessThanOrEqual(Date.now());
      expect(answer.headers.get('location')).toBe(`/api/v1/sessions/${session.id}`);
      expect(expectStatus(await client.active(), 200)).toEqual(session);
      expect(await get(session.id)).toEqual(session);
    });

    it('stores the given title unchanged', async () => {
      const session = expectStatus(await client.createSession({ title: '  Essay on rivers  ' }), 201);
      expect(session.title).toBe('  Essay on rivers  ');
      expect((await get(session.id)).title).toBe('  Essay on rivers  ');
    });

    it('uses the given id', async () => {
      const answer = await client.createSession({ id: 'My-chat_1', title: 'Mine' });
      expect(expectStatus(answer, 201)).toMatchObject({ id: 'My-chat_1', title: 'Mine', isActive: true });
      expect(answer.headers.get('location')).toBe('/api/v1/sessions/My-chat_1');
    });

    it('keeps the active session if activate is false', async () => {
      const first = await client.newSession();
      const second = expectStatus(await client.createSession({ activate: false }), 201);
      expect(second.isActive).toBe(false);
      expect(await activeIds()).toEqual([first]);
    });

    it('leaves no session active if activate is false for the first one', async () => {
      await client.newSession({ activate: false });
      refusal(await client.active(), 404, 'no_active_session');
    });

    it('gives every session a different id', async () => {
      const ids = await Promise.all(Array.from({ length: 20 }, () => client.newSession()));
      expect(new Set(ids).size).toBe(20);
      expect(new Set(idsOf(await list()))).toEqual(new Set(ids));
      expect(await activeIds()).toHaveLength(1);
    });
  });

  describe('creating again with the same id', () => {
    it('answers 200 and the unchanged session, without a Location', async () => {
      const first = expectStatus(await client.createSession({ id: 'again', title: 'First' }), 201);
      await nextMoment();
      const answer = await client.createSession({ id: 'again', title: 'First' });
      expect(expectStatus(answer, 200)).toEqual(first);
      expect(answer.headers.get('location')).toBeNull();
      expect(await list()).toEqual([first]);
    });

    it('ignores the other fields', async () => {
      await client.newSession({ id: 'again', title: 'First' });
      const other = await client.newSession();
      await client.rename('again', 'Renamed');
      await client.save('again', { content: 'x' });
      const before = await list();
      const answer = await client.createSession({ id: 'again', title: 'Another', activate: true });
      expect(expectStatus(answer, 200)).toMatchObject({ title: 'Renamed', messageCount: 1, isActive: false });
      expect(await list()).toEqual(before);
      expect(await activeIds()).toEqual([other]);
    });

    it('makes one session when many requests arrive at once', async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => client.createSession({ id: 'once' })));
      expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(11).fill(200), 201]);
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      expect(await list()).toHaveLength(1);
    });

    it('makes a new one after the old one was deleted', async () => {
      await client.newSession({ id: 'again' });
      await client.save('again', { content: 'of the old one' });
      expectStatus(await client.deleteSession('again'), 204);
      expect(expectStatus(await client.createSession({ id: 'again' }), 201).messageCount).toBe(0);
      expect(expectStatus(await client.messages('again'), 200).data).toEqual([]);
    });
  });

  describe('the list', () => {
    it('is empty for a new user', async () => {
      expect(expectStatus(await client.sessions(), 200)).toEqual({ data: [], nextCursor: null });
    });

    it('has the newest activity first: creating and saving move a session up', async () => {
      const ids: string[] = [];
      for (const id of ['a', 'b', 'c']) {
        ids.unshift(await client.newSession({ id }));
        await nextMoment();
      }
      expect(idsOf(await list())).toEqual(['c', 'b', 'a']);
      expectStatus(await client.save('a', { content: 'x' }), 201);
      expect(idsOf(await list())).toEqual(['a', 'c', 'b']);
      await nextMoment();
      // Activity is the time of saving, not the timestamp.
      expectStatus(await client.save('b', { content: 'x', timestamp: '1999-12-31T23:59:59Z' }), 201);
      expect(idsOf(await list())).toEqual(['b', 'a', 'c']);
    });

    it.each<[string, (id: string) => Promise<unknown>]>([
      ['renaming', (id) => client.rename(id, 'Other')],
      ['switching', (id) => client.activate(id)],
      ['clearing', (id) => client.clear(id)],
      ['reading', (id) => client.messages(id)],
    ])('stays in order after %s', async (_, action) => {
      await client.newSession({ id: 'a' });
      await nextMoment();
      await client.newSession({ id: 'b' });
      await nextMoment();
      await action('a');
      expect(idsOf(await list())).toEqual(['b', 'a']);
    });

    it('has each session with the same fields as GET for this session', async () => {
      await client.newSession({ id: 'a' });
      await client.newSession({ id: 'b' });
      await client.save('a', { content: 'x' });
      for (const session of await list()) expect(await get(session.id)).toEqual(session);
    });
  });

  describe('counting', () => {
    it('counts messages, and the newest one sets lastActivityAt and modifiedAt', async () => {
      const id = await client.newSession();
      let newest = '';
      for (let count = 1; count <= 3; count++) {
        await nextMoment();
        newest = expectStatus(await client.save(id, { content: `${count}` }), 201).createdAt;
        expect(await get(id)).toMatchObject({ messageCount: count, lastActivityAt: newest, modifiedAt: newest });
      }
      await nextMoment();
      expectStatus(await client.clear(id), 204);
      const cleared = await get(id);
      expect(cleared).toMatchObject({ messageCount: 0, lastActivityAt: newest });
      expect(cleared.modifiedAt > newest).toBe(true);
    });
  });

  describe('renaming', () => {
    it('changes the title and modifiedAt, which counts as a change, and nothing else', async () => {
      const before: SessionDto = expectStatus(await client.createSession({ title: 'Old' }), 201);
      await nextMoment();
      const renamed = expectStatus(await client.rename(before.id, 'New'), 200);
      const { modifiedAt } = renamed;
      expect(renamed).toEqual(Object.assign({}, before, { title: 'New', modifiedAt, version: 2 }));
      expect(renamed.modifiedAt > before.modifiedAt).toBe(true);
      expect(await get(before.id)).toEqual(renamed);
    });

    it('to the same title succeeds', async () => {
      const id = await client.newSession({ title: 'Same' });
      expect(expectStatus(await client.rename(id, 'Same'), 200).title).toBe('Same');
    });

    it('does not change other sessions', async () => {
      const other = expectStatus(await client.createSession({ title: 'Other' }), 201);
      const id = await client.newSession({ activate: false });
      await client.rename(id, 'New');
      expect(await get(other.id)).toEqual(other);
    });
  });

  describe('switching', () => {
    it('makes one session active, and no other', async () => {
      for (const id of ['a', 'b', 'c']) await client.newSession({ id });
      for (const id of ['a', 'c', 'b', 'b']) {
        expect(expectStatus(await client.activate(id), 200)).toMatchObject({ id, isActive: true });
        expect(await activeIds()).toEqual([id]);
        expect(expectStatus(await client.active(), 200).id).toBe(id);
      }
    });

    it('changes no times', async () => {
      const before = expectStatus(await client.createSession({ activate: false }), 201);
      await nextMoment();
      expect(expectStatus(await client.activate(before.id), 200)).toEqual(
        Object.assign({}, before, { isActive: true }),
      );
    });

    it('to a missing session keeps the active one', async () => {
      const id = await client.newSession();
      refusal(await client.activate('missing'), 404, 'session_not_found');
      expect(await activeIds()).toEqual([id]);
    });
  });

  describe('deleting', () => {
    it('deletes the session and its messages, and is 404 the second time', async () => {
      const id = await client.newSession();
      await client.save(id, { content: 'x' });
      const answer = await client.deleteSession(id);
      expect([answer.status, answer.text]).toEqual([204, '']);
      for (const again of [await client.deleteSession(id), await client.session(id), await client.messages(id)]) {
        refusal(again, 404, 'session_not_found');
      }
      expect(await list()).toEqual([]);
    });

    it('of the active session leaves none active', async () => {
      const other = await client.newSession();
      const id = await client.newSession();
      expectStatus(await client.deleteSession(id), 204);
      refusal(await client.active(), 404, 'no_active_session');
      expect(itemAt(await list(), 0)).toMatchObject({ id: other, isActive: false });
    });

    it('of another session keeps the active one', async () => {
      const other = await client.newSession();
      const id = await client.newSession();
      expectStatus(await client.deleteSession(other), 204);
      expect(await activeIds()).toEqual([id]);
    });

    it('of the active session does not activate a later session with the same id', async () => {
      await client.newSession({ id: 'a' });
      expectStatus(await client.deleteSession('a'), 204);
      expect(expectStatus(await client.createSession({ id: 'a', activate: false }), 201).isActive).toBe(false);
      refusal(await client.active(), 404, 'no_active_session');
    });
  });

  it.each<[string, (id: string) => ReturnType<Client['call']>]>([
    ['GET', (id) => client.call('GET', `/api/v1/sessions/${id}`)],
    ['PATCH', (id) => client.call('PATCH', `/api/v1/sessions/${id}`, { title: 'x' })],
    ['activate', (id) => client.call('POST', `/api/v1/sessions/${id}/activate`)],
    ['DELETE', (id) => client.call('DELETE', `/api/v1/sessions/${id}`)],
  ])('%s of a missing session is 404, with and without other sessions', async (_, call) => {
    refusal(await call('missing'), 404, 'session_not_found');
    await client.newSession();
    refusal(await call('missing'), 404, 'session_not_found');
    expect(await list()).toHaveLength(1);
  });
});
