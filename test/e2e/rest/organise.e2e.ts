import type { SessionDto } from '../../../src/sessions/session.dto.js';
import { numbers, sqlOf } from '../../support/database/access.js';
import { TestServer } from '../../support/http/server.js';
import { LegacyClient } from '../../support/legacy/client.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { idsOf, itemAt, nextMoment } from '../../support/rest/data.js';
import { refusal, wrongField, wrongFields } from '../../support/rest/problems.js';

describe('organising a session', () => {
  let server: TestServer;
  let client: Client;
  let id: string;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
    id = await client.newSession({ title: 'Rivers' });
  });
  afterAll(() => server.stop());

  const get = async (session = id): Promise<SessionDto> => expectStatus(await client.session(session), 200);
  const change = async (fields: object): Promise<SessionDto> =>
    expectStatus(await client.changeSession(id, fields), 200);
  /** What a program that is older than these columns has written. */
  const asOlderProgram = (set: string, session = id) =>
    sqlOf(server).execute(`UPDATE writeassistdev_chat_sessions SET ${set} WHERE session_id = ?`, [session]);
  const unknownSource = 'title_source = NULL, title_folded = NULL';

  describe('a new session', () => {
    it('has what it is given', async () => {
      const fields = { title: 'T', titleSource: 'generated', pinned: true, archived: true, metadata: { a: 'b' } };
      const session = expectStatus(await client.createSession(fields), 201);
      expect(session).toMatchObject({ ...fields, version: 1 });
      expect(await get(session.id)).toEqual(session);
      expect(itemAt(expectStatus(await client.sessions(), 200).data, 0)).toEqual(session);
    });

    it.each([
      [{}, 'default'],
      [{ title: 'Mine' }, 'user'],
      [{ title: 'New Chat' }, 'user'],
      [{ title: 'Made', titleSource: 'generated' }, 'generated'],
    ])('%j has a title of the source %s', async (fields, titleSource) => {
      expect(expectStatus(await client.createSession(fields), 201).titleSource).toBe(titleSource);
    });

    it('that is there already stays as it is', async () => {
      await client.newSession({ id: 'kept', title: 'Kept' });
      const again = { id: 'kept', title: 'Other', titleSource: 'generated', pinned: true, metadata: { a: 'b' } };
      const session = expectStatus(await client.createSession(again), 200);
      expect(session).toMatchObject({ title: 'Kept', titleSource: 'user', pinned: false, metadata: {}, version: 1 });
    });

    it('of a page of the plugin has a default title, unless the page has another', async () => {
      const page = new LegacyClient(server.url, client.token, client.owner);
      for (const [title, titleSource] of [
        ['New Chat', 'default'],
        ['', 'default'],
        ['Mine', 'user'],
      ]) {
        const { body } = await page.call('create_chat_session', { title, sesskey: client.token });
        expect((await get(String(body.session_id))).titleSource).toBe(titleSource);
      }
    });

    it('that a message creates has a default title', async () => {
      const other = await server.client();
      const { sessionId } = expectStatus(await other.saveToActive({ content: 'x' }), 201);
      expect(expectStatus(await other.session(sessionId), 200).titleSource).toBe('default');
    });
  });

  describe('pinning and archiving', () => {
    it.each(['pinned', 'archived'])('%s is set and unset, and nothing else changes', async (flag) => {
      const before = await get();
      await nextMoment();
      expect(await change({ [flag]: true })).toEqual(Object.assign({}, before, { [flag]: true, version: 2 }));
      expect(await change({ [flag]: false })).toEqual(Object.assign({}, before, { version: 3 }));
      expect(await get()).toEqual(Object.assign({}, before, { version: 3 }));
    });

    it('with the value that is there already changes nothing', async () => {
      const before = await change({ pinned: true });
      expect(await change({ pinned: true, archived: false, metadata: null })).toEqual(before);
    });

    it('an archived session is still there: it can be active, and be saved into', async () => {
      await change({ archived: true });
      expectStatus(await client.save(id, { content: 'x' }), 201);
      expect(expectStatus(await client.active(), 200)).toMatchObject({ id, archived: true, version: 2 });
    });

    it('changes the sessions of no other owner', async () => {
      const stranger = await server.client();
      refusal(await stranger.changeSession(id, { pinned: true }), 404, 'session_not_found');
      const theirs = await stranger.newSession({ id: 'same' });
      await client.newSession({ id: 'same' });
      expectStatus(await client.changeSession('same', { pinned: true, metadata: { a: 'b' } }), 200);
      expect(expectStatus(await stranger.session(theirs), 200)).toMatchObject({
        pinned: false,
        metadata: {},
        version: 1,
      });
    });
  });

  describe('a title', () => {
    it('that is generated replaces the default one, and another generated one', async () => {
      id = await client.newSession();
      const first = await change({ title: 'First', titleSource: 'generated' });
      expect(first).toMatchObject({ title: 'First', titleSource: 'generated', version: 2 });
      const second = await change({ title: 'Second', titleSource: 'generated' });
      expect(second).toMatchObject({ title: 'Second', titleSource: 'generated', version: 3 });
    });

    it.each([{ title: 'Rivers' }, { title: 'Mine', titleSource: 'user' }, { title: 'New Chat' }])(
      'that is generated does not replace %j of the user, and the rest of the request is done',
      async (fields) => {
        const before = await change(fields);
        await nextMoment();
        expect(await change({ title: 'Made', titleSource: 'generated' })).toEqual(before);
        const pinned = await change({ title: 'Made', titleSource: 'generated', pinned: true });
        expect(pinned).toEqual(Object.assign({}, before, { pinned: true, version: before.version + 1 }));
      },
    );

    it('of the user replaces a generated one, also with the same words', async () => {
      id = await client.newSession({ title: 'Made', titleSource: 'generated' });
      expect(await change({ title: 'Made' })).toMatchObject({ title: 'Made', titleSource: 'user', version: 2 });
      expect(await change({ title: 'Again', titleSource: 'generated' })).toMatchObject({ title: 'Made', version: 2 });
    });

    it('of the user wins each race against generated ones', async () => {
      for (const round of numbers(10)) {
        id = await client.newSession();
        const generated = numbers(4).map((n) =>
          client.changeSession(id, { title: `Made ${n}`, titleSource: 'generated' }),
        );
        const answers = await Promise.all([...generated, client.rename(id, `Mine ${round}`)]);
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
        expect(await get()).toMatchObject({ title: `Mine ${round}`, titleSource: 'user' });
      }
    });

    it('of an older program is the default one, or one of the user', async () => {
      await asOlderProgram(unknownSource);
      expect((await get()).titleSource).toBe('user');
      expect(await change({ title: 'Made', titleSource: 'generated' })).toMatchObject({ title: 'Rivers', version: 1 });
      await asOlderProgram(`title = 'New Chat', ${unknownSource}`);
      expect((await get()).titleSource).toBe('default');
      expect(await change({ title: 'Made', titleSource: 'generated' })).toMatchObject({ title: 'Made', version: 2 });
    });

    it('that an older program gave to a session with a default one is one of the user', async () => {
      id = await client.newSession();
      await asOlderProgram(`title = 'Renamed'`);
      expect((await get()).titleSource).toBe('user');
      expect((await change({ title: 'Made', titleSource: 'generated' })).title).toBe('Renamed');
    });

    it('that an older program gave to a session with a generated one is not replaced by another generated one', async () => {
      id = await client.newSession({ title: 'Made', titleSource: 'generated' });
      await asOlderProgram(`title = 'Renamed'`);
      expect((await change({ title: 'Again', titleSource: 'generated' })).title).toBe('Renamed');
      expect(await change({ title: 'Renamed' })).toMatchObject({ titleSource: 'user' });
    });

    it('of the user that is the default one, in a row of an older program, is not replaced', async () => {
      await asOlderProgram(unknownSource);
      await change({ title: 'New Chat' });
      expect(await change({ title: 'Made', titleSource: 'generated' })).toMatchObject({ title: 'New Chat' });
    });

    it('of the legacy endpoint is one of the user', async () => {
      id = await client.newSession();
      const page = new LegacyClient(server.url, client.token, client.owner);
      await page.call('update_chat_title', { session_id: id, title: 'From the page', sesskey: client.token });
      expect(await get()).toMatchObject({ title: 'From the page', titleSource: 'user', version: 2 });
    });
  });

  describe('a request', () => {
    it.each([
      [{}, '/title'],
      [{ titleSource: 'user' }, '/titleSource'],
      [{ pinned: true, titleSource: 'generated' }, '/titleSource'],
      [{ title: 'x', titleSource: 'default' }, '/titleSource'],
      [{ title: '', pinned: true }, '/title'],
    ])('with %j is refused, and nothing is changed', async (fields, pointer) => {
      const before = await get();
      expect(wrongFields(await client.changeSession(id, fields))).toEqual([pointer]);
      expect(await get()).toEqual(before);
    });

    it('to create one with the source of a title that is not there is refused', async () => {
      expect(wrongField(await client.createSession({ titleSource: 'user' }))).toEqual({
        pointer: '/titleSource',
        detail: 'must come together with title',
      });
    });
  });

  it('the legacy list has archived sessions and the same fields as before', async () => {
    await change({ archived: true, pinned: true, metadata: { a: 'b' } });
    const page = new LegacyClient(server.url, client.token, client.owner);
    const { body } = await page.call('get_chat_sessions', { sesskey: client.token });
    const rows = body.sessions as { session_id: string }[];
    expect(rows.map(({ session_id }) => session_id)).toEqual([id]);
    expect(Object.keys(itemAt(rows, 0))).toEqual([
      ...['id', 'writeassistdevid', 'userid', 'session_id', 'title', 'is_active'],
      ...['created_at', 'modified_at', 'message_count'],
    ]);
    expect(idsOf(expectStatus(await client.sessions(), 200).data)).toEqual([id]);
  });
});
