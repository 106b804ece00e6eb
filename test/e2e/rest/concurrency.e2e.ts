import { isLive } from '../../../src/sessions/live-message-rules.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { count, gate, numbers, settleAll, sqlOf, unitOf } from '../../support/database/access.js';
import { allMessages, allSessions, risesWithSequence, tally } from '../../support/database/chats.js';
import { TestServer, newOwner } from '../../support/http/server.js';
import { isFull } from '../../support/run/full.js';

const oneTo = (last: number) => numbers(last).map((index) => index + 1);

describe('concurrent requests', () => {
  let server: TestServer;
  let client: Client;
  let orphansBefore: number;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
    orphansBefore = await orphans();
  });
  afterEach(async () => {
    expect(await orphans()).toBe(orphansBefore);
  });
  afterAll(() => server.stop());

  /** The number of messages without a session. */
  function orphans(): Promise<number> {
    return count(
      sqlOf(server),
      'writeassistdev_chat m LEFT JOIN writeassistdev_chat_sessions s ON s.writeassistdevid = m.writeassistdevid ' +
        'AND s.userid = m.userid AND s.session_id = m.chat_session_id',
      's.id IS NULL',
    );
  }

  /** Expects that the session's count and times match its messages, and returns their sequences. */
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
    it('fifty saves get fifty sequences without a gap, and no 404', async () => {
      for (const _round of numbers(isFull ? 3 : 1)) {
        client = await server.client();
        for (const _other of numbers(others)) await client.newSession();
        const session = await client.newSession();
        const answers = await Promise.all(numbers(50).map((index) => client.save(session, { content: `${index}` })));
        expect(tally(answers)).toEqual({ 201: 50 });
        // Messages are listed by timestamp, so this also shows that timestamps rise with the sequence.
        expect(await expectWhole(session)).toEqual(oneTo(50));
        const last = answers.find(({ body }) => body.sequence === 50);
        expect(expectStatus(await client.session(session), 200).lastActivityAt).toBe(last?.body.createdAt);
      }
    });

    it('renames and saves all succeed', async () => {
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
      await settleAll([...saving, ...renaming]);
      expect(await expectWhole(session)).toEqual(oneTo(8 * rounds));
      expect(expectStatus(await client.session(session), 200).title).toMatch(new RegExp(`^[01] ${2 * rounds - 1}$`));
    });
  });

  it('never show two active sessions when two tabs switch while a third creates and deletes', async () => {
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
    const listing = (async () => {
      while (!switched.signal.aborted) {
        expect((await allSessions(client)).filter(({ isActive }) => isActive).length).toBeLessThanOrEqual(1);
        const active = await client.active();
        expect([200, 404]).toContain(active.status);
        if (active.status === 404) expect(active.body.code).toBe('no_active_session');
      }
    })();
    const switchingEnds = settleAll(switching).finally(() => {
      switched.abort();
    });
    await settleAll([switchingEnds, creating, listing]);
    expectStatus(await client.activate(left), 200);
    expect((await allSessions(client)).filter(({ isActive }) => isActive).map(({ id }) => id)).toEqual([left]);
    expect(await allSessions(client)).toHaveLength(2);
  });

  it('never leave a deleted session active when a switch races its deletion', async () => {
    for (const round of numbers(isFull ? 150 : 15)) {
      const session = await client.newSession({ activate: round % 2 === 0 });
      const [switched, deleted] = await Promise.all([client.activate(session), client.deleteSession(session)]);
      expect([200, 404]).toContain(switched.status);
      expect(deleted.status).toBe(204);
      expect((await client.active()).status).toBe(404);
    }
    expect(await allSessions(client)).toEqual([]);
    const { userId } = client.owner;
    // A dangling pointer would take effect again with a new session of the same id.
    expect(
      await count(sqlOf(server), 'writeassistdev_chat_owners', 'userid = ? AND active_session_id IS NOT NULL', [
        userId,
      ]),
    ).toBe(0);
  });

  it('answer 404 to a switch that waits for the deletion of its session', async () => {
    for (const round of numbers(5)) {
      const session = await client.newSession({ activate: round % 2 === 0 });
      const key = [client.owner.activityId, client.owner.userId];
      const owned = 'writeassistdevid = ? AND userid = ?';
      const locked = gate();
      const deleting = unitOf(server).run(async () => {
        await sqlOf(server).selectForUpdate('userid', 'writeassistdev_chat_owners', owned, key);
        locked.open();
        // Long enough for the switch to reach the lock.
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
      const switching = client.activate(session);
      await settleAll([switching, deleting]);
      const switched = await switching;
      expect(switched).toMatchObject({ status: 404, body: { code: 'session_not_found' } });
      expect(
        await count(sqlOf(server), 'writeassistdev_chat_owners', `${owned} AND active_session_id IS NULL`, key),
      ).toBe(1);
    }
  });

  it('leave no message when a deletion races saves, which get 201 or 404', async () => {
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
    expect(await count(sqlOf(server), 'writeassistdev_chat', `userid = ? AND ${isLive()}`, [client.owner.userId])).toBe(
      0,
    );
  });

  it('delete exactly the messages that were saved before a clear', async () => {
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
      // All messages after the last cleared one, and no others; no sequence is given twice.
      const given = [before.sequence, ...saved, after.sequence].sort((a, b) => a - b);
      expect(given).toEqual(oneTo(10).map((step) => last + step));
      expect(found).toEqual(given.slice(given.length - found.length));
      last = given.at(-1) ?? 0;
    }
  });

  it('give each of thirty new users of a new activity a session', async () => {
    const activity = 4242;
    const clients = await Promise.all(numbers(30).map(() => server.client(newOwner(activity))));
    const made = await Promise.all(clients.map((newcomer) => newcomer.createSession()));
    expect(tally(made)).toEqual({ 201: 30 });
    expect(await count(sqlOf(server), 'writeassistdev', 'id = ?', [activity])).toBe(1);
    expect(await count(sqlOf(server), 'writeassistdev_chat_owners', 'writeassistdevid = ?', [activity])).toBe(30);
    for (const newcomer of clients) expect(await allSessions(newcomer)).toHaveLength(1);
  });

  it('give a new user a session in each of thirty new activities', async () => {
    const { userId } = newOwner();
    const clients = await Promise.all(numbers(30).map((index) => server.client({ userId, activityId: 5000 + index })));
    expect(tally(await Promise.all(clients.map((newcomer) => newcomer.createSession())))).toEqual({ 201: 30 });
  });

  it.each([
    ['who is new', false],
    ['whose sessions are all deleted', true],
  ])('create one default session for twenty first messages of an owner %s', async (_name, seen) => {
    if (seen) expectStatus(await client.deleteSession(await client.newSession()), 204);
    const answers = await Promise.all(numbers(20).map((index) => client.saveToActive({ content: `${index}` })));
    expect(tally(answers)).toEqual({ 201: 20 });
    const sessions = await allSessions(client);
    expect(sessions).toMatchObject([{ title: 'New Chat', isActive: true, messageCount: 20 }]);
    expect(await expectWhole(String(sessions[0]?.id))).toEqual(oneTo(20));
  });

  it('answer one 201 and nineteen 200 to twenty creations of a session with one id', async () => {
    const answers = await Promise.all(
      numbers(20).map((index) => client.createSession({ id: 'mine', title: `${index}` })),
    );
    expect(tally(answers)).toEqual({ 200: 19, 201: 1 });
    const made = answers.find(({ status }) => status === 201);
    for (const { body } of answers) expect(body).toEqual(made?.body);
    expect(await allSessions(client)).toEqual([made?.body]);
  });

  it('of all kinds for one owner get no 5xx and leave consistent sessions', async () => {
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
    await settleAll(tabs);
    const sessions = await allSessions(client);
    expect(sessions.filter(({ isActive }) => isActive).length).toBeLessThanOrEqual(1);
    for (const { id } of sessions) await expectWhole(id);
  });
});
