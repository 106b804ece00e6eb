import { expectStatus, type Client } from '../../support/rest/client.js';
import { itemAt, isoTime, nextMoment } from '../../support/rest/data.js';
import { refusal } from '../../support/rest/problems.js';
import { count, sqlOf } from '../../support/database/access.js';
import { TestServer, newOwner } from '../../support/http/server.js';
import { waitUntil } from '../../support/run/wait-until.js';

describe('messages with a clientMessageId', () => {
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

  const named = { content: 'Hello', clientMessageId: 'name-1' };
  const stored = async (sessionId = id) => expectStatus(await client.messages(sessionId), 200).data;
  const conflict = 'client_message_id_conflict';

  it('are saved once: a repeated send gets 200 with the same bytes, and writes nothing', async () => {
    const first = await client.save(id, named);
    expectStatus(first, 201);
    const session = await client.session(id);
    await nextMoment();
    for (let time = 0; time < 3; time++) {
      const again = await client.save(id, named);
      expectStatus(again, 200);
      expect(again.text).toBe(first.text);
      expect(again.headers.get('location')).toBeNull();
    }
    expect((await client.session(id)).text).toBe(session.text);
    expect(await stored()).toHaveLength(1);
    expect(expectStatus(await client.save(id, { content: 'next' }), 201).sequence).toBe(2);
  });

  it('are saved once when many sends arrive at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 16 }, () => client.save(id, named)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(15).fill(200), 201]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await stored()).toHaveLength(1);
    expect(expectStatus(await client.session(id), 200).messageCount).toBe(1);
    expect(expectStatus(await client.save(id, { content: 'next' }), 201).sequence).toBe(2);
  });

  it.each([
    ['content', { content: 'hello' }],
    ['content, with a trailing space', { content: 'Hello ' }],
    ['role', { role: 'assistant' }],
    ['timestamp', { timestamp: '2020-01-01T00:00:00.001Z' }],
  ])('are not changed by a send with the same id and another %s, which gets 409', async (_, other) => {
    const first = { ...named, timestamp: '2020-01-01T00:00:00Z' };
    const saved = expectStatus(await client.save(id, first), 201);
    refusal(await client.save(id, { ...first, ...other }), 409, conflict);
    refusal(await client.saveToActive({ ...first, ...other }), 409, conflict);
    expect(await stored()).toEqual([saved]);
    expect(expectStatus(await client.session(id), 200).messageCount).toBe(1);
  });

  it('are not saved in a second session, which gets 409', async () => {
    const other = await client.newSession();
    const saved = expectStatus(await client.save(id, named), 201);
    refusal(await client.save(other, named), 409, conflict);
    expect([await stored(), await stored(other)]).toEqual([[saved], []]);
    expect(expectStatus(await client.session(other), 200).messageCount).toBe(0);
  });

  it('are different messages if their ids differ in case', async () => {
    expectStatus(await client.save(id, { content: 'a', clientMessageId: 'Name' }), 201);
    expectStatus(await client.save(id, { content: 'b', clientMessageId: 'name' }), 201);
    expect(await stored()).toHaveLength(2);
  });

  describe('timestamps', () => {
    const timestamp = '2020-01-01T00:00:00.000Z';

    it.each([
      ['only the first send has one', { timestamp }, {}],
      ['only the second send has one', {}, { timestamp }],
      ['both are the same time in different zones', { timestamp }, { timestamp: '2020-01-01T01:00:00+01:00' }],
      ['both differ by less than a millisecond', { timestamp }, { timestamp: '2020-01-01T00:00:00.0009Z' }],
    ])('do not matter when %s', async (_, first, second) => {
      const saved = await client.save(id, { ...named, ...first });
      expectStatus(saved, 201);
      await nextMoment();
      const again = await client.save(id, { ...named, ...second });
      expect([again.status, again.text]).toEqual([200, saved.text]);
    });

    it('matter when they differ by a millisecond', async () => {
      const now = Date.now();
      expectStatus(await client.save(id, { ...named, timestamp: isoTime(now - 1000) }), 201);
      refusal(await client.save(id, { ...named, timestamp: isoTime(now - 999) }), 409, conflict);
    });
  });

  it('conflict when they are sent again with an earlier time, as an answer to no message', async () => {
    const timestamp = '2026-11-27T19:00:01.500Z';
    expectStatus(await client.save(id, { ...named, timestamp }), 201);
    const again = { ...named, timestamp: '2026-11-27T19:00:01.499Z', parentId: '999999999999' };
    refusal(await client.save(id, again), 409, 'client_message_id_conflict');
  });

  describe('sent to the active session', () => {
    it('are answered from their session when they are sent again after a switch', async () => {
      const first = await client.saveToActive(named);
      expectStatus(first, 201);
      const other = await client.newSession();
      const again = await client.saveToActive(named);
      expect([again.status, again.text]).toEqual([200, first.text]);
      expect(await stored(other)).toEqual([]);
    });

    it('are answered so also when they answer a message of the session that was active', async () => {
      const parentId = expectStatus(await client.save(id, { content: 'x' }), 201).id;
      const first = await client.saveToActive({ ...named, parentId });
      expectStatus(first, 201);
      await client.newSession();
      const again = await client.saveToActive({ ...named, parentId });
      expect([again.status, again.text]).toEqual([200, first.text]);
    });

    it('may be sent again to the route of their session, and the other way round', async () => {
      const first = await client.saveToActive(named);
      expect((await client.save(id, named)).text).toBe(first.text);
      const second = await client.save(id, { content: 'x', clientMessageId: 'name-2' });
      expectStatus(second, 201);
      expect((await client.saveToActive({ content: 'x', clientMessageId: 'name-2' })).text).toBe(second.text);
      expect(await stored()).toHaveLength(2);
    });

    it('create no session when they are sent again while none is active', async () => {
      expectStatus(await client.save(id, named), 201);
      const other = await client.newSession();
      expectStatus(await client.deleteSession(other), 204);
      expectStatus(await client.saveToActive(named), 200);
      refusal(await client.active(), 404, 'no_active_session');
      expect(expectStatus(await client.sessions(), 200).data).toHaveLength(1);
    });

    it('create one session and one message when many first sends arrive at once', async () => {
      const newcomer = await server.client();
      const answers = await Promise.all(Array.from({ length: 12 }, () => newcomer.saveToActive(named)));
      expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(11).fill(200), 201]);
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      const sessions = expectStatus(await newcomer.sessions(), 200).data;
      expect(sessions.map(({ messageCount }) => messageCount)).toEqual([1]);
    });
  });

  describe('the id can be used again', () => {
    const deletions = () => count(sqlOf(server), 'writeassistdev_chat_deletions', 'userid = ?', [client.owner.userId]);
    const purge = () => waitUntil(async () => (await deletions()) === 0);

    it('after the messages were purged', async () => {
      const first = expectStatus(await client.save(id, named), 201);
      expectStatus(await client.clear(id, '?permanently=true'), 204);
      await purge();
      const second = expectStatus(await client.save(id, { ...named, content: 'other' }), 201);
      expect(second.sequence).toBe(2);
      expect(second.id).not.toBe(first.id);
      expect(await stored()).toEqual([second]);
    });

    it('after the session was purged', async () => {
      expectStatus(await client.save(id, named), 201);
      expectStatus(await client.deleteSession(id, '?permanently=true'), 204);
      await purge();
      const other = await client.newSession();
      expectStatus(await client.save(other, { ...named, role: 'system' }), 201);
      expect(await stored(other)).toHaveLength(1);
    });

    it('after its save was rejected', async () => {
      refusal(await client.save('missing', named), 404, 'session_not_found');
      refusal(await client.save(id, { ...named, content: '' }), 422, 'validation_failed');
      expectStatus(await client.save(id, named), 201);
    });
  });

  it.each<[string, () => { userId: number; activityId: number }]>([
    ['another user', () => newOwner()],
    ['the same user in another activity', () => ({ ...client.owner, activityId: 8 })],
  ])('belong to their owner: %s may use the same ids', async (_, owner) => {
    expectStatus(await client.createSession({ id: 'shared' }), 201);
    const mine = expectStatus(await client.save('shared', named), 201);
    const other = await server.client(owner());
    expectStatus(await other.createSession({ id: 'shared' }), 201);
    const theirs = expectStatus(await other.save('shared', { ...named, content: 'Theirs' }), 201);
    expect(theirs).toMatchObject({ sequence: 1, content: 'Theirs' });
    expect(itemAt(await stored('shared'), 0)).toEqual(mine);
    expect(expectStatus(await other.save('shared', { ...named, content: 'Theirs' }), 200)).toEqual(theirs);
  });
});
