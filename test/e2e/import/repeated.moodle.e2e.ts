import { lockName } from '../../../src/database/transactions/advisory-lock.js';
import { outsideConnection } from '../../support/database/access.js';
import { tableNames } from '../../support/database/schema.js';
import { engine } from '../../support/database/test-database.js';
import { TestImport } from '../../support/database/imports.js';
import { expectStatus } from '../../support/rest/client.js';
import { MoodleDatabase, autumn } from '../../support/moodle/moodle-database.js';

const owner = { activityId: 1, userId: 2 };

describe('repeated imports', () => {
  let moodle: MoodleDatabase;
  let importing: TestImport;

  beforeEach(async () => {
    moodle = await MoodleDatabase.create();
    importing = await TestImport.into(moodle);
    await moodle.createChat();
    await moodle.createSessions();
    await moodle.addSessions([
      { session: 'a', title: 'A', active: true },
      { session: 'b', title: 'B' },
      { session: 'c', title: 'C' },
    ]);
    await moodle.addMessages([
      { session: 'a', content: 'a1' },
      { session: 'b', content: 'b1', createdAt: autumn + 1 },
      { session: 'c', content: 'c1', createdAt: autumn + 2 },
      { session: 'chat-1', content: 'tab', createdAt: autumn + 3 },
    ]);
  });
  afterEach(async () => {
    await importing.drop();
    await moodle.drop();
  });

  /** The contents of each chat in order, by title; the active one has a star. */
  function chats(): Promise<Record<string, string[]>> {
    return importing.serve(async ({ client }) => {
      const mine = await client(owner);
      const found: Record<string, string[]> = {};
      for (const { id, title, isActive } of expectStatus(await mine.sessions(), 200).data) {
        const messages = expectStatus(await mine.messages(id), 200).data;
        found[`${title}${isActive ? '*' : ''}`] = messages.map(({ content }) => content);
      }
      return found;
    });
  }

  it('add new messages and duplicate nothing', async () => {
    await importing.run();
    expect(Object.entries(await chats())).toEqual([
      ['tab', ['tab']],
      ['C', ['c1']],
      ['B', ['b1']],
      ['A*', ['a1']],
    ]);
    await moodle.addSessions([{ session: 'd', title: 'D', active: true, createdAt: autumn + 50 }]);
    await moodle.addMessages([
      { session: 'a', content: 'a2', createdAt: autumn + 100 },
      { session: 'Chat-1', content: 'tab 2', createdAt: autumn + 4 },
    ]);
    const { tables, sessionsMade } = await importing.run();
    expect([tables.writeassistdev_chat, tables.writeassistdev_chat_sessions, sessionsMade]).toEqual([
      { read: 6, imported: 2, alreadyThere: 4, skipped: 0 },
      { read: 4, imported: 1, alreadyThere: 3, skipped: 0 },
      0,
    ]);
    // The active session of the store stays active.
    expect(Object.entries(await chats())).toEqual([
      ['A*', ['a1', 'a2']],
      ['D', []],
      ['tab', ['tab', 'tab 2']],
      ['C', ['c1']],
      ['B', ['b1']],
    ]);
    expect(await importing.run('--verify')).toMatchObject({ isClean: true, verification: { messages: 6 } });
  });

  it('show the last message that they have brought, and leave none unread', async () => {
    const shown = () =>
      importing.serve(async ({ client }) => {
        const sessions = expectStatus(await (await client(owner)).sessions(), 200).data;
        return sessions
          .map(({ title, preview, unreadCount }) => [title, preview?.text, preview?.role, unreadCount])
          .sort();
      });
    await importing.run();
    const others = ['b1', 'c1'].map((text) => [text.charAt(0).toUpperCase(), text, 'user', 0]);
    expect(await shown()).toEqual([['A', 'a1', 'user', 0], ...others, ['tab', 'tab', 'user', 0]]);
    await moodle.addMessages([
      { session: 'a', content: ' a\n2', role: 'assistant', createdAt: autumn + 100 },
      { session: 'chat-1', content: 'tab 2', role: 'assistant', createdAt: autumn + 4 },
    ]);
    await importing.run();
    expect(await shown()).toEqual([['A', 'a 2', 'assistant', 0], ...others, ['tab', 'tab 2', 'assistant', 0]]);
  });

  it('leave unread what was saved here and is unread, and nothing in a chat that comes back', async () => {
    await importing.run();
    await importing.serve(async ({ client }) => {
      const mine = await client(owner);
      expectStatus(await mine.save('a', { role: 'assistant', content: 'news' }), 201);
      await mine.deleteSession('c');
    });
    await moodle.addMessages([
      { session: 'a', content: 'a2', createdAt: autumn + 10 },
      { session: 'c', content: 'c2', role: 'assistant', createdAt: autumn + 20 },
    ]);
    await importing.run();
    await importing.serve(async ({ client }) => {
      const mine = await client(owner);
      expect(expectStatus(await mine.session('a'), 200)).toMatchObject({ unreadCount: 2, lastReadSequence: 1 });
      expect(expectStatus(await mine.session('c'), 200)).toMatchObject({ unreadCount: 0, messageCount: 1 });
    });
  });

  it('keep changes and deletions in the store', async () => {
    await importing.run();
    await importing.serve(async ({ client, page }) => {
      const mine = await client(owner);
      await mine.rename('a', 'Renamed');
      await mine.activate('b');
      await mine.deleteSession('c');
      await mine.call('DELETE', '/api/v1/sessions/chat-1/messages');
      expectStatus(await mine.save('a', { content: 'here' }), 201);
      await (await page(owner)).append({ session_id: 'chat-9', content: 'here too' });
    });
    await moodle.addMessages([
      { session: 'a', content: 'a2', createdAt: autumn + 10 },
      { session: 'chat-9', content: 'there too', createdAt: autumn + 11 },
    ]);
    const { tables } = await importing.run();
    expect(tables.writeassistdev_chat).toEqual({ read: 6, imported: 2, alreadyThere: 4, skipped: 0 });
    expect(await chats()).toEqual({
      Renamed: ['a1', 'a2', 'here'],
      'B*': ['b1'],
      tab: [],
      'New Chat': ['there too', 'here too'],
    });
    // A message after the deletion is new and must not be lost.
    await moodle.addMessages([{ session: 'c', content: 'c2', createdAt: autumn + 20 }]);
    await importing.run();
    expect((await chats()).C).toEqual(['c2']);
    for (const { imported } of Object.values((await importing.run()).tables)) expect(imported).toBe(0);
  });

  it('leave in the trash what is there, and do not verify it as present; restored, it is', async () => {
    await importing.run();
    await importing.serve(async ({ client }) => {
      const mine = await client(owner);
      expectStatus(await mine.deleteSession('b'), 204);
      expectStatus(await mine.deleteSession('c'), 204);
      expectStatus(await mine.clear('a'), 204);
    });
    await moodle.addMessages([{ session: 'c', content: 'c2', createdAt: autumn + 20 }]);
    await importing.run();
    expect(await chats()).toEqual({ 'A*': [], C: ['c2'], tab: ['tab'] });
    const { verification, isClean } = await importing.run('--verify');
    // Messages of a, b and c, and the chat b.
    expect([isClean, verification]).toEqual([false, expect.objectContaining({ messages: 5, different: 4 })]);
    await importing.serve(async ({ client }) => {
      const mine = await client(owner);
      expectStatus(await mine.restoreSession('b'), 200);
      expect(expectStatus(await mine.restoreMessages('a'), 200).messageCount).toBe(1);
      expect(expectStatus(await mine.restoreMessages('c'), 200).messageCount).toBe(2);
      expect((await mine.restoreMessages('c')).status).toBe(404);
    });
    expect(await chats()).toEqual({ 'A*': ['a1'], B: ['b1'], C: ['c1', 'c2'], tab: ['tab'] });
    expect(await importing.run('--verify')).toMatchObject({ isClean: true, verification: { messages: 5 } });
  });

  it('report the same in a dry run, which writes nothing', async () => {
    await moodle.addMessages([{ content: '' }]);
    const dry = await importing.run('--dry-run');
    expect(dry.mode).toBe('dry run');
    expect(await importing.look((dataSource) => tableNames(dataSource))).toEqual([]);
    const { tables, sessionsMade, rows } = await importing.run();
    expect([dry.tables, dry.sessionsMade, dry.rows]).toEqual([tables, sessionsMade, rows]);
    await moodle.addMessages([{ content: 'one more' }]);
    const next = await importing.run('--dry-run');
    expect(next.tables.writeassistdev_chat).toEqual({ read: 6, imported: 1, alreadyThere: 4, skipped: 1 });
    expect(await importing.rows('SELECT COUNT(*) AS count FROM writeassistdev_chat')).toEqual([{ count: 4 }]);
    expect(await importing.rows('SELECT COUNT(*) AS count FROM writeassistdev_chat_imports')).toEqual([{ count: 8 }]);
  });

  it('can be limited to one activity, one user, or newer messages', async () => {
    await moodle.addMessages([
      { activityId: 5, content: 'other activity' },
      { userId: 6, content: 'other user', createdAt: autumn + 1000 },
      { session: 'b', content: 'newer', createdAt: autumn + 2000 },
    ]);
    const since = new Date((autumn + 500) * 1000).toISOString();
    expect((await importing.run('--since', since, '--user', '2')).tables).toEqual({
      writeassistdev_chat_sessions: { read: 1, imported: 1, alreadyThere: 0, skipped: 0 },
      writeassistdev_chat: { read: 1, imported: 1, alreadyThere: 0, skipped: 0 },
    });
    expect((await importing.run('--activity', '5')).tables.writeassistdev_chat?.imported).toBe(1);
    expect((await importing.run('--user', '6')).tables.writeassistdev_chat?.imported).toBe(1);
    expect((await importing.run()).tables.writeassistdev_chat).toEqual({
      read: 7,
      imported: 4,
      alreadyThere: 3,
      skipped: 0,
    });
    expect(await chats()).toMatchObject({ 'A*': ['a1'], B: ['b1', 'newer'], C: ['c1'], tab: ['tab'] });
    expect(await importing.run('--verify')).toMatchObject({ isClean: true });
  });

  it('reject another site, whose ids name other users', async () => {
    await importing.run();
    const other = await MoodleDatabase.create();
    try {
      await other.createChat();
      await other.addMessages([{ content: 'of somebody else' }]);
      const { database } = importing;
      await expect(TestImport.of(database, other).run()).rejects.toThrow(/^this store has chats of writeassistdev@/);
      await expect(TestImport.of(database, other).run('--dry-run')).rejects.toThrow(/^this store has chats of/);
    } finally {
      await other.drop();
    }
    expect(await importing.rows('SELECT COUNT(*) AS count FROM writeassistdev_chat')).toEqual([{ count: 4 }]);
  });

  it('can be verified: every difference is named, and deletions in the store are distinguished', async () => {
    await moodle.addMessages([{ userId: 3, content: 'of another' }]);
    await importing.run();
    await importing.look(async (dataSource) => {
      await dataSource.query("UPDATE writeassistdev_chat SET content = 'a1 ' WHERE content = 'a1'");
      await dataSource.query("UPDATE writeassistdev_chat SET timestamp = timestamp + 1 WHERE content = 'b1'");
      await dataSource.query("DELETE FROM writeassistdev_chat WHERE content = 'c1'");
    });
    await moodle.connection.query("DELETE FROM mdl_writeassistdev_chat WHERE content = 'tab'");
    const { isClean, verification, rows } = await importing.run('--verify');
    expect(isClean).toBe(false);
    expect(verification).toMatchObject({ owners: 2, messages: 5, different: 4 });
    expect(verification?.differentOwners).toMatchObject([{ owner, source: { count: 3 }, here: { count: 3 } }]);
    const place = (session: string) => `(message 1 of ${session}, user 2, activity 1)`;
    expect(rows.map(({ kind, row, reason }) => [kind, row, reason])).toEqual([
      ['different', '1', `has another role, content or time ${place('a')}`],
      ['different', '2', `has another role, content or time ${place('b')}`],
      [
        'different',
        '3',
        `no longer exists in this store: the message was deleted, or its chat was deleted or cleared ${place('c')}`,
      ],
      ['different', '4', `no longer exists in the source ${place('chat-1')}`],
    ]);
  });

  if (engine() === 'mariadb') {
    it('are rejected while another import runs, and so is a verification', async () => {
      await importing.run();
      await importing.look(async (dataSource) => {
        const other = await outsideConnection(dataSource);
        try {
          await other.query('SELECT GET_LOCK(?, 0)', [lockName('import', String(dataSource.options.database))]);
          const running = 'another import or verification of this database is running';
          await expect(importing.run()).rejects.toThrow(running);
          await expect(importing.run('--verify')).rejects.toThrow(running);
          expect(await importing.run('--dry-run')).toMatchObject({ isClean: true });
        } finally {
          // The server releases it some time after the end of its connection.
          await other.query('DO RELEASE_ALL_LOCKS()');
          await other.end();
        }
      });
      expect(await importing.run()).toMatchObject({ isClean: true });
    });
  }
});
