import type { Owner } from '../../../src/owners/owner.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { count, sqlOf } from '../../support/database/access.js';
import { TestServer, newOwner } from '../../support/http/server.js';
import { waitUntil } from '../../support/run/wait-until.js';

const tables = [
  'user',
  'writeassistdev',
  'writeassistdev_chat_owners',
  'writeassistdev_chat_sessions',
  'writeassistdev_chat_deleted_sessions',
  'writeassistdev_chat',
  'writeassistdev_chat_deletions',
];
let lastActivity = 100;

describe('cascading deletes', () => {
  let server: TestServer;
  /** One user in two activities, and another in the first: each with two sessions of three messages, and a deleted one. */
  let one: Client, inOtherActivity: Client, other: Client;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());

  beforeEach(async () => {
    const owner = newOwner(++lastActivity);
    one = await filled(owner);
    inOtherActivity = await filled({ ...owner, activityId: ++lastActivity });
    other = await filled(newOwner(owner.activityId));
  });

  /** Every owner has the same session ids. */
  async function filled(owner: Owner): Promise<Client> {
    const client = await server.client(owner);
    expectStatus(await client.deleteSession(await client.newSession({ id: 'deleted' })), 204);
    for (const id of ['first', 'second']) {
      await client.newSession({ id });
      for (const content of ['a', 'b', 'c']) expectStatus(await client.save(id, { content }), 201);
    }
    return client;
  }

  /** The numbers of owner rows, sessions, ids of deleted sessions, messages and deletions of one owner. */
  function held({ owner }: Client): Promise<number[]> {
    const parameters = [owner.activityId, owner.userId];
    return Promise.all(
      tables.slice(2).map((table) => count(sqlOf(server), table, 'writeassistdevid = ? AND userid = ?', parameters)),
    );
  }

  const all = [1, 3, 1, 6, 1];
  const none = [0, 0, 0, 0, 0];

  async function remove(statement: string, parameters: (string | number)[]): Promise<void> {
    expect(await sqlOf(server).execute(statement, parameters)).toMatchObject({ affected: 1 });
  }

  it('of a user delete its chats in all activities, and no other rows', async () => {
    await remove('DELETE FROM user WHERE id = ?', [one.owner.userId]);
    expect(await Promise.all([one, inOtherActivity, other].map(held))).toEqual([none, none, all]);
    expect(await count(sqlOf(server), 'writeassistdev', 'id = ?', [one.owner.activityId])).toBe(1);
  });

  it('of an activity delete the chats of all its users, and no other rows', async () => {
    await remove('DELETE FROM writeassistdev WHERE id = ?', [one.owner.activityId]);
    expect(await Promise.all([one, inOtherActivity, other].map(held))).toEqual([none, all, none]);
    expect(await count(sqlOf(server), 'user', 'id IN (?, ?)', [one.owner.userId, other.owner.userId])).toBe(2);
  });

  it("of an owner's row delete its chats, and no other rows", async () => {
    const { activityId, userId } = one.owner;
    await remove('DELETE FROM writeassistdev_chat_owners WHERE writeassistdevid = ? AND userid = ?', [
      activityId,
      userId,
    ]);
    expect(await Promise.all([one, inOtherActivity, other].map(held))).toEqual([none, all, all]);
    expect(await count(sqlOf(server), 'user', 'id = ?', [userId])).toBe(1);
  });

  it('of a session delete its messages, and no other rows', async () => {
    const { activityId, userId } = one.owner;
    await remove(
      'DELETE FROM writeassistdev_chat_sessions WHERE writeassistdevid = ? AND userid = ? AND session_id = ?',
      [activityId, userId, 'first'],
    );
    expect(await Promise.all([one, inOtherActivity, other].map(held))).toEqual([[1, 2, 1, 3, 1], all, all]);
    expect(expectStatus(await one.messages('second'), 200).data).toHaveLength(3);
  });

  it('of the active session through the API purge its messages and leave none active', async () => {
    expectStatus(await one.deleteSession('second', '?permanently=true'), 204);
    await waitUntil(async () => (await held(one))[1] === 2);
    expect(await Promise.all([one, inOtherActivity, other].map(held))).toEqual([[1, 2, 2, 3, 1], all, all]);
    expect((await one.active()).status).toBe(404);
    expect(expectStatus(await other.active(), 200).id).toBe('second');
  });

  it('do not happen on clearing, which purges only the messages of that session', async () => {
    expectStatus(await one.clear('first', '?permanently=true'), 204);
    await waitUntil(async () => (await held(one))[4] === 1);
    expect(await Promise.all([one, inOtherActivity, other].map(held))).toEqual([[1, 3, 1, 3, 1], all, all]);
  });

  it('of the active session with SQL leave no active session', async () => {
    await remove(
      'DELETE FROM writeassistdev_chat_sessions WHERE userid = ? AND writeassistdevid = ? AND session_id = ?',
      [one.owner.userId, one.owner.activityId, 'second'],
    );
    expect(await one.active()).toMatchObject({ status: 404, body: { code: 'no_active_session' } });
    expect(expectStatus(await one.sessions(), 200).data.map(({ isActive }) => isActive)).toEqual([false]);
    const saved = expectStatus(await one.saveToActive({ content: 'goes on' }), 201);
    expect(expectStatus(await one.active(), 200)).toMatchObject({
      id: saved.sessionId,
      messageCount: 1,
      title: 'New Chat',
    });
  });

  it('of a user leave no sessions for the same user later', async () => {
    await remove('DELETE FROM user WHERE id = ?', [one.owner.userId]);
    expect(expectStatus(await one.sessions(), 200).data).toEqual([]);
    await one.newSession();
    expect(await held(one)).toEqual([1, 1, 0, 0, 0]);
  });

  it.each([
    [
      'a message without a session',
      "INSERT INTO writeassistdev_chat (writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp, created_at, history_time) VALUES (?, ?, 'gone', 1, 'user', 'x', 0, 0, 0)",
    ],
    [
      'a session without an owner',
      "INSERT INTO writeassistdev_chat_sessions (writeassistdevid, userid, session_id, last_activity_at, created_at, modified_at) VALUES (?, ? + 500000, 'x', 0, 0, 0)",
    ],
    [
      'a deleted session without an owner',
      "INSERT INTO writeassistdev_chat_deleted_sessions (writeassistdevid, userid, session_id, deleted_at) VALUES (?, ? + 500000, 'x', 0)",
    ],
    [
      'an owner without a user',
      'INSERT INTO writeassistdev_chat_owners (writeassistdevid, userid) VALUES (?, ? + 500000)',
    ],
  ])('the foreign keys reject %s', async (_name, statement) => {
    const { activityId, userId } = one.owner;
    await expect(sqlOf(server).execute(statement, [activityId, userId])).rejects.toThrow(/foreign key/i);
  });
});
