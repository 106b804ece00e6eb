import { setTimeout as sleep } from 'node:timers/promises';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { count, gate, numbers, sqlOf, unitOf } from '../../support/database/access.js';
import { allMessages, allSessions, risesWithSequence, tally } from '../../support/database/chats.js';
import { TestServer, newOwner } from '../../support/http/server.js';
import { isFull } from '../../support/run/full.js';

const oneTo = (last: number) => numbers(last).map((index) => index + 1);

describe('many at once', () => {
  let server: TestServer;
  let client: Client;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
  });
  afterEach(async () => {
    expect(await orphans()).toBe(0);
  });
  afterAll(() => server.stop());

  /** Messages whose session is not there. */
  function orphans(): Promise<number> {
    return count(
      sqlOf(server),
      'writeassistdev_chat m LEFT JOIN writeassistdev_chat_sessions s ON s.writeassistdevid = m.writeassistdevid ' +
        'AND s.userid = m.userid AND s.session_id = m.chat_session_id',
      's.id IS NULL',
    );
  }

  /** What a session says of itself is what is in it. */
  async function expectWhole(session: string): Promise<number[]> {
    const messages = await allMessages(client, session);
    expect(expectStatus(await client.session(session), 200).messageCount).toBe(messages.length);
    expect(risesWithSequence(messages, 'createdAt')).toBe(true);
    return messages.map(({ sequence }) => sequence);
  }

  describe.each([
    ['exactly one session', 0],
    ['several sessions', 3],
  ])('of an owner with %s', (_name, others) => {
    it('fifty saves leave no gap, and none is told that the session is not there', async () => {
      for (const _round of numbers(isFull ? 3 : 1)) {
        client = await server.client();
        for (const _other of numbers(others)) await client.newSession();
        const session = await client.newSession();
        const answers = await Promise.all(numbers(50).map((index) => client.save(session, { content: `${index}` })));
        expect(tally(answers)).toEqual({ 201: 50 });
        // In the order of timestamps, which so is that of the sequences.
        expect(await expectWhole(session)).toEqual(oneTo(50));
        const last = answers.find(({ body }) => body.sequence === 50);
        expect(expectStatus(await client.session(session), 200).lastActivityAt).toBe(last?.body.createdAt);
      }
    });

    it('renames between saves lose neither', async () => {
      const rounds = isFull ? 10 : 4;
      for (const _other of numbers(others)) await client.newSession();
      const session = await client.newSession();
      const saving = numbers(8).map(async (tab) => {
        for (const index of numbers(rounds))
          expectStatus(await client.save(session, { content: `${tab} ${index}` }), 201);
      });
      const renaming = numbers(2).map(async (tab) => {
        for (const index of numbers(2 * rounds)) {
          const title = `${tab} ${index}`;
          expect(expectStatus(await client.rename(session, title), 200).title).toBe(title);
        }
      });
      await Promise.all([...saving, ...renaming]);
      expect(await expectWhole(session)).toEqual(oneTo(8 * rounds));
      expect(expectStatus(await client.session(session), 200).title).toMatch(new RegExp(`^[01] ${2 * rounds - 1}$`));
    });
  });

  it('two tabs that switch while a third creates and deletes: never two are active', async () => {
    const [left, right] = [await client.newSession(), await client.newSession()];
    const switched = new AbortController();
    const switching = [left, right].map(async (session) => {
      for (const _round of numbers(isFull ? 250 : 15)) {
        expect(expectStatus(await client.activate(session), 200).id).toBe(session);
      }
    });
    const creating = (async () => {
      while (!switched.signal.aborted) expectStatus(await client.deleteSession(await client.newSession()), 204);
    })();
    const looking = (async () => {
      while (!switched.signal.aborted) {
        expect((await allSessions(client)).filter(({ isActive }) => isActive).length).toBeLessThanOrEqual(1);
        const active = await client.active();
        expect([200, 404]).toContain(active.status);
        if (active.status === 404) expect(active.body.code).toBe('no_active_session');
      }
    })();
    await Promise.all(switching).finally(() => {
      switched.abort();
    });
    await Promise.all([creating, looking]);
    expectStatus(await client.activate(left), 200);
    expect((await allSessions(client)).filter(({ isActive }) => isActive).map(({ id }) => id)).toEqual([left]);
    expect(await allSessions(client)).toHaveLength(2);
  });

  it('a switch that races the deletion of its session: 200 or 404, and never an active session that is gone', async () => {
    for (const round of numbers(isFull ? 150 : 15)) {
      const session = await client.newSession({ activate: round % 2 === 0 });
      const [switched, deleted] = await Promise.all([client.activate(session), client.deleteSession(session)]);
      expect([200, 404]).toContain(switched.status);
      expect(deleted.status).toBe(204);
      expect((await client.active()).status).toBe(404);
    }
    expect(await allSessions(client)).toEqual([]);
    const { userId } = client.owner;
    // A pointer to nothing would show again with a session of the same id.
    expect(
      await count(sqlOf(server), 'writeassistdev_chat_owners', 'userid = ? AND active_session_id IS NOT NULL', [
        userId,
      ]),
    ).toBe(0);
  });

  it('a switch that has to wait for the deletion of its session finds it gone', async () => {
    for (const round of numbers(5)) {
      const session = await client.newSession({ activate: round % 2 === 0 });
      const key = [client.owner.activityId, client.owner.userId];
      const owned = 'writeassistdevid = ? AND userid = ?';
      const locked = gate();
      const deleting = unitOf(server).run(async () => {
        await sqlOf(server).selectForUpdate('userid', 'writeassistdev_chat_owners', owned, key);
        locked.open();
        await sleep(40);
        await sqlOf(server).execute(`DELETE FROM writeassistdev_chat_sessions WHERE ${owned} AND session_id = ?`, [
          ...key,
          session,
        ]);
        await sqlOf(server).execute(
          `UPDATE writeassistdev_chat_owners SET active_session_id = NULL WHERE ${owned}`,
          key,
        );
      });
      await locked.opened;
      const switched = await client.activate(session);
      await deleting;
      expect(switched).toMatchObject({ status: 404, body: { code: 'session_not_found' } });
      expect(
        await count(sqlOf(server), 'writeassistdev_chat_owners', `${owned} AND active_session_id IS NULL`, key),
      ).toBe(1);
    }
  });

  it('a deletion that races saves: they come before it or are told 404, and nothing of them is left', async () => {
    for (const round of numbers(isFull ? 20 : 5)) {
      const session = await client.newSession({ id: `doomed_${round}` });
      const saving = numbers(10).map((index) => client.save(session, { content: `${index}` }));
      const deleted = await client.deleteSession(session);
      expect(deleted.status).toBe(204);
      const late = await client.save(session, { content: 'late' });
      expect(late.status).toBe(404);
      for (const { status } of await Promise.all(saving)) expect([201, 404]).toContain(status);
      expect((await client.session(session)).status).toBe(404);
    }
    expect(await count(sqlOf(server), 'writeassistdev_chat', 'userid = ?', [client.owner.userId])).toBe(0);
  });

  it('clearing that races saves: what was saved before it is gone, what was saved after it is there', async () => {
    const session = await client.newSession();
    let last = 0;
    for (const _round of numbers(isFull ? 20 : 5)) {
      const before = expectStatus(await client.save(session, { content: 'before' }), 201);
      const saving = numbers(8).map((index) => client.save(session, { content: `${index}` }));
      expectStatus(await client.clear(session), 204);
      const after = expectStatus(await client.save(session, { content: 'after' }), 201);
      const saved = (await Promise.all(saving)).map((answer) => expectStatus(answer, 201).sequence);
      const found = await expectWhole(session);
      expect(found).not.toContain(before.sequence);
      expect(found).toContain(after.sequence);
      // All that came later than the last one cleared, and nothing else: no sequence was given twice.
      const given = [before.sequence, ...saved, after.sequence].sort((a, b) => a - b);
      expect(given).toEqual(oneTo(10).map((step) => last + step));
      expect(found).toEqual(given.slice(given.length - found.length));
      last = given.at(-1) ?? 0;
    }
  });

  it('thirty who come to one activity for the first time all get their session', async () => {
    const activity = 4242;
    const clients = await Promise.all(numbers(30).map(() => server.client(newOwner(activity))));
    const made = await Promise.all(clients.map((newcomer) => newcomer.createSession()));
    expect(tally(made)).toEqual({ 201: 30 });
    expect(await count(sqlOf(server), 'writeassistdev', 'id = ?', [activity])).toBe(1);
    expect(await count(sqlOf(server), 'writeassistdev_chat_owners', 'writeassistdevid = ?', [activity])).toBe(30);
    for (const newcomer of clients) expect(await allSessions(newcomer)).toHaveLength(1);
  });

  it('one who comes to thirty activities for the first time at once gets a session in each', async () => {
    const { userId } = newOwner();
    const clients = await Promise.all(numbers(30).map((index) => server.client({ userId, activityId: 5000 + index })));
    expect(tally(await Promise.all(clients.map((newcomer) => newcomer.createSession())))).toEqual({ 201: 30 });
  });

  it.each([
    ['who was never seen', false],
    ['whose sessions are all deleted', true],
  ])('twenty first messages of an owner %s make one default session', async (_name, seen) => {
    if (seen) expectStatus(await client.deleteSession(await client.newSession()), 204);
    const answers = await Promise.all(numbers(20).map((index) => client.saveToActive({ content: `${index}` })));
    expect(tally(answers)).toEqual({ 201: 20 });
    const sessions = await allSessions(client);
    expect(sessions).toMatchObject([{ title: 'New Chat', isActive: true, messageCount: 20 }]);
    expect(await expectWhole(String(sessions[0]?.id))).toEqual(oneTo(20));
  });

  it('twenty who create the session of one id: one 201, the others 200', async () => {
    const answers = await Promise.all(
      numbers(20).map((index) => client.createSession({ id: 'mine', title: `${index}` })),
    );
    expect(tally(answers)).toEqual({ 200: 19, 201: 1 });
    const made = answers.find(({ status }) => status === 201);
    for (const { body } of answers) expect(body).toEqual(made?.body);
    expect(await allSessions(client)).toEqual([made?.body]);
  });

  it('creating, deleting, switching, saving, renaming and clearing of one owner: no 5xx, and all is whole', async () => {
    const shared = await client.newSession();
    const tabs = numbers(6).map(async (tab) => {
      for (const index of numbers(isFull ? 12 : 3)) {
        const mine = expectStatus(
          await client.createSession({ id: `tab_${tab}_${index}`, activate: tab % 2 === 0 }),
          201,
        ).id;
        const answers = await Promise.all([
          client.save(shared, { content: 'shared' }),
          client.saveToActive({ content: 'active' }),
          client.rename(shared, `by ${tab}`),
          client.activate(mine),
          index % 4 === 3 ? client.clear(shared) : client.deleteSession(mine),
        ]);
        for (const { status, text } of answers) expect([status < 500, text]).toEqual([true, text]);
      }
    });
    // All of them to their end, also when one has failed: the server is stopped afterwards.
    await Promise.allSettled(tabs);
    await Promise.all(tabs);
    const sessions = await allSessions(client);
    expect(sessions.filter(({ isActive }) => isActive).length).toBeLessThanOrEqual(1);
    for (const { id } of sessions) await expectWhole(id);
  });
});
