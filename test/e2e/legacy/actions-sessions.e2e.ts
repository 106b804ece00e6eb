import { sqlOf } from '../../support/database/access.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { LegacyClient, failure } from '../../support/legacy/client.js';
import { nothing, storedOf } from '../../support/legacy/stored-rows.js';
import { itemAt, nextMoment } from '../../support/rest/data.js';
import { TestServer } from '../../support/http/server.js';

describe('the actions on sessions', () => {
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
  const rowIds = async () => (await stored()).sessions.map(({ id }) => id);

  describe('the list', () => {
    const page = async (fields: object) => {
      const {
        sessions = [],
        has_more: more,
        ...rest
      } = expectStatus(await client.call('get_chat_sessions', { ...fields }), 200);
      expect([rest, more ?? true]).toEqual([{ success: true }, true]);
      return { ids: sessions.map(({ id }) => id), more: more === true };
    };
    const walk = async (side: 'before' | 'after', limit: number, start?: number) => {
      const pages: number[][] = [];
      for (let edge = start; ;) {
        const { ids, more } = await page({ limit, ...(edge !== undefined && { [side]: edge }) });
        pages.push(ids);
        if (!more) return pages;
        if (pages.length > 100) throw new Error('the list does not end');
        edge = itemAt(ids, side === 'before' ? -1 : 0);
      }
    };

    it('is in the order of creation, also after an older session was used, renamed and activated', async () => {
      const ids = [await client.newSession('a'), await client.newSession('b'), await client.newSession('c')];
      const first = itemAt(ids, 0);
      await nextMoment();
      await client.append({ session_id: first });
      expectStatus(await client.call('update_chat_title', { session_id: first, title: 'z' }), 200);
      expectStatus(await client.call('switch_chat_session', { session_id: first }), 200);
      const sessions = await client.sessions();
      expect(sessions.map(({ session_id: id }) => id)).toEqual(ids.toReversed());
      expect(sessions.map(({ is_active: active }) => active)).toEqual([0, 0, 1]);
    });

    it('is ordered by time of creation, then row id, in both directions and in pages of any size', async () => {
      for (let n = 0; n < 9; n++) await client.newSession();
      const ids = await rowIds();
      const times = [5, 9, 5, 5, 1, 9, 5, 1, 7];
      for (const [index, id] of ids.entries()) {
        await sqlOf(server).execute('UPDATE writeassistdev_chat_sessions SET created_at = ? WHERE id = ?', [
          itemAt(times, index),
          id,
        ]);
      }
      const expected = [5, 1, 8, 6, 3, 2, 0, 7, 4].map((index) => itemAt(ids, index));
      expect(await page({})).toEqual({ ids: expected, more: false });
      for (const limit of [1, 2, 3, 4, 8, 9, 10]) {
        const older = await walk('before', limit);
        expect(older.flat()).toEqual(expected);
        expect(older).toHaveLength(Math.ceil(9 / limit));
        const newer = await walk('after', limit, expected.at(-1));
        expect(newer.toReversed().flat()).toEqual(expected.slice(0, -1));
        expect(newer).toHaveLength(Math.ceil(8 / limit));
      }
      expect(await page({ before: expected.at(-1) })).toEqual({ ids: [], more: false });
      expect(await page({ after: expected[0] })).toEqual({ ids: [], more: false });
      expect(await page({ after: expected[4], limit: 2 })).toEqual({ ids: expected.slice(2, 4), more: true });
      expect(await page({ before: expected[4], limit: 2 })).toEqual({ ids: expected.slice(5, 7), more: true });
    });

    it('has the newest 1000 sessions without a limit and with a larger one', async () => {
      await client.newSession();
      const { activityId, userId } = client.owner;
      await sqlOf(server).execute(
        `INSERT INTO writeassistdev_chat_sessions
           (writeassistdevid, userid, session_id, last_activity_at, created_at, modified_at)
         WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 31)
         SELECT ?, ?, CAST(a.i * 32 + b.i AS CHAR), 0, a.i * 32 + b.i, 0 FROM n a CROSS JOIN n b`,
        [activityId, userId],
      );
      const newest = await page({});
      expect([newest.ids.length, newest.more]).toEqual([1000, true]);
      expect(await page({ limit: 5000 })).toEqual(newest);
      const rest = await page({ before: newest.ids.at(-1) });
      expect([rest.ids.length, rest.more]).toEqual([25, false]);
      expect(new Set([...newest.ids, ...rest.ids]).size).toBe(1025);
      expect(await page({ after: rest.ids.at(-1) })).toMatchObject({ more: true, ids: { length: 1000 } });
      expect(itemAt(newest.ids, 0)).toBe(itemAt(await rowIds(), 0));
    });

    it('rejects before together with after', async () => {
      await client.newSession();
      const [id] = await rowIds();
      const answer = await client.call('get_chat_sessions', { before: id, after: id });
      expect(failure(answer, 400, 'invalid_parameter')).toBe(
        'Invalid parameter (after): it must not come together with before',
      );
    });

    it.each(['before', 'after'])(
      'is 404 if the given row is deleted, unknown or of another owner: %s',
      async (side) => {
        const other = await LegacyClient.of(server);
        await other.newSession();
        const [foreign] = (await storedOf(server, other.owner)).sessions.map(({ id }) => id);
        const id = await client.newSession();
        const [gone] = await rowIds();
        expectStatus(await client.call('delete_chat_session', { session_id: id }), 200);
        await client.newSession();
        const answers = [gone, foreign, 999_999_999, 999_999_999_999_999].map((edge) =>
          client.call('get_chat_sessions', { [side]: edge }),
        );
        for (const answer of await Promise.all(answers)) failure(answer, 404, 'session_not_found');
      },
    );
  });

  describe('creating', () => {
    it.each([
      ['no title', {}],
      ['an empty title', { title: '' }],
      ['a blank title', { title: ' \t\n ' }],
      ['a title of only tags', { title: '<b> </b><!-- x -->' }],
    ])('with %s creates a session titled New Chat', async (_, fields) => {
      const answer = expectStatus(await client.call('create_chat_session', fields), 200);
      expect(expectStatus(await rest.session(String(answer.session_id)), 200)).toMatchObject({
        title: 'New Chat',
        isActive: true,
      });
    });

    it('with an invalid title creates nothing, and keeps the active session', async () => {
      failure(await client.call('create_chat_session', { title: 'x'.repeat(256) }), 400, 'invalid_parameter');
      expect(await stored()).toEqual(nothing);
      await client.newSession();
      const before = await stored();
      failure(await client.call('create_chat_session', { title: 'x'.repeat(256) }), 400, 'invalid_parameter');
      expect(await stored()).toEqual(before);
      expect(before.active).toBe(itemAt(before.sessions, 0).session_id);
    });

    it('many at once creates all, and one of them is active', async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => client.call('create_chat_session')));
      const ids = answers.map((answer) => String(expectStatus(answer, 200).session_id));
      const { active, sessions } = await stored();
      expect(sessions.map(({ session_id: id }) => id).sort()).toEqual(ids.sort());
      expect(ids).toContain(active);
      expect((await client.sessions()).reduce((sum, { is_active: one }) => sum + one, 0)).toBe(1);
    });
  });

  describe('switching', () => {
    it.each(['missing', 'chat_1_1_1795367764_abcdefghijkl', 'active', '../x', 'x'.repeat(51)])(
      'to "%s", which is missing, is 404, and keeps the active session',
      async (id) => {
        await client.newSession();
        const before = await stored();
        failure(await client.call('switch_chat_session', { session_id: id }), 404, 'session_not_found');
        expect(await stored()).toEqual(before);
      },
    );

    it('between two sessions by many requests at once leaves one active', async () => {
      const ids = [await client.newSession(), await client.newSession()];
      const calls = Array.from({ length: 20 }, (_, n) =>
        client.call('switch_chat_session', { session_id: ids[n % 2] }),
      );
      for (const answer of await Promise.all(calls)) expectStatus(answer, 200);
      expect((await client.sessions()).map(({ is_active: active }) => active).sort()).toEqual([0, 1]);
    });
  });

  describe('renaming', () => {
    it.each([
      ['empty', ''],
      ['blank', ' \t '],
      ['only tags', '<i></i>'],
      ['only NUL', '\0'],
    ])('to a title that is %s is rejected', async (_, title) => {
      const id = await client.newSession('Kept');
      const before = await stored();
      const answer = await client.call('update_chat_title', { session_id: id, title });
      expect(failure(answer, 400, 'invalid_parameter')).toMatch(/^Invalid parameter \(title\): it /);
      expect(await stored()).toEqual(before);
    });

    it('without a title is rejected with the message of the original', async () => {
      const id = await client.newSession('Kept');
      const answer = await client.call('update_chat_title', { session_id: id });
      expect(failure(answer, 400, 'missing_parameter')).toBe('A required parameter (title) was missing');
      expect((await client.sessions()).map(({ title }) => title)).toEqual(['Kept']);
    });

    it('does not activate the session', async () => {
      const id = await client.newSession();
      const active = await client.newSession();
      expectStatus(await client.call('update_chat_title', { session_id: id, title: 'x' }), 200);
      expect((await stored()).active).toBe(active);
    });
  });

  describe('deleting', () => {
    it('deletes all messages of a session with 40 messages', async () => {
      const kept = await client.newSession();
      const id = await client.newSession();
      for (let n = 0; n < 40; n++) await client.append({ session_id: id });
      await client.append({ session_id: kept });
      expectStatus(await client.call('switch_chat_session', { session_id: kept }), 200);
      expectStatus(await client.call('delete_chat_session', { session_id: id }), 200);
      const { active, sessions, messages } = await stored();
      expect([active, sessions.length, messages.length]).toEqual([kept, 1, 1]);
      failure(await client.call('get_session_messages', { session_id: id }), 404, 'session_not_found');
    });

    it('many times at once succeeds once and is 404 otherwise', async () => {
      const id = await client.newSession();
      const calls = Array.from({ length: 6 }, () => client.call('delete_chat_session', { session_id: id }));
      const statuses = (await Promise.all(calls)).map(({ status }) => status);
      expect(statuses.sort()).toEqual([200, 404, 404, 404, 404, 404]);
    });
  });

  it.each([
    ['switch_chat_session', {}],
    ['delete_chat_session', {}],
    ['update_chat_title', { title: 'x' }],
    ['get_session_messages', {}],
    ['clear_session_messages', {}],
    ['save_session_message', { role: 'user', content: 'x' }],
  ])('%s requires the session_id of an existing session', async (action, fields) => {
    await client.newSession();
    const before = await stored();
    for (const wrong of [{}, { session_id: '' }, { session_id: ' \t ' }, { session_id: '\0' }]) {
      expect(failure(await client.call(action, { ...fields, ...wrong }), 400, 'missing_parameter')).toBe(
        'A required parameter (session_id) was missing',
      );
    }
    const missing = { ...fields, session_id: 'chat_1_1_1795367764_abcdefghijkl' };
    expect(failure(await client.call(action, missing), 404, 'session_not_found')).toBe('There is no such session.');
    expect(await stored()).toEqual(before);
  });
});
