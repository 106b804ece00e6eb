import { TestImport } from '../../support/database/imports.js';
import { MoodleDatabase, autumn } from '../../support/moodle/moodle-database.js';

const owner = { activityId: 1, userId: 2 };

describe('chats of all versions of the plugin', () => {
  let moodle: MoodleDatabase;
  let importing: TestImport;

  async function begin(module?: 'writeassistdev' | 'researchflow', prefix?: string): Promise<void> {
    moodle = await MoodleDatabase.create(module, prefix);
    importing = await TestImport.into(moodle);
  }
  afterEach(async () => {
    await importing.drop();
    await moodle.drop();
  });

  /** Imports, and expects that the source is unchanged, that a second import adds nothing, and no difference. */
  async function bring(...options: string[]) {
    const before = await moodle.checksum();
    const report = await importing.run(...options);
    expect(report).toMatchObject({ isClean: true, failure: null });
    const again = await importing.run(...options);
    for (const [name, { read, skipped }] of Object.entries(report.tables)) {
      expect(again.tables[name]).toMatchObject({ read, imported: 0, skipped });
    }
    expect(await importing.run('--verify')).toMatchObject({ isClean: true, verification: { different: 0 } });
    expect(await moodle.checksum()).toEqual(before);
    return report;
  }

  it('with times in seconds, and with sessions, are imported', async () => {
    await begin();
    await moodle.createCore({ 1: [11, 'An essay on rivers 🌊'] });
    await moodle.createChat();
    await moodle.createSessions();
    await moodle.addSessions([
      {
        session: 'chat_2_1_1761984000_6b0323541bea6',
        title: 'Rivers',
        active: true,
        createdAt: autumn,
        modifiedAt: autumn + 60,
      },
      { session: 'chat_2_1_1761984001_6b0323541bea7', title: '', createdAt: autumn + 1 },
    ]);
    await moodle.addMessages([
      {
        session: 'chat_2_1_1761984000_6b0323541bea6',
        content: 'How long is the Nile? 🐊',
        timestamp: autumn + 10,
        createdAt: autumn + 11,
      },
      {
        session: 'chat_2_1_1761984000_6b0323541bea6',
        role: 'assistant',
        content: '<b>Long</b>',
        timestamp: autumn + 10,
        createdAt: autumn + 12,
      },
    ]);
    const report = await bring();
    expect(report.tables).toEqual({
      writeassistdev_chat_sessions: { read: 2, imported: 2, alreadyThere: 0, skipped: 0 },
      writeassistdev_chat: { read: 2, imported: 2, alreadyThere: 0, skipped: 0 },
    });
    expect(await importing.rows('SELECT id, cmid, name FROM writeassistdev')).toEqual([
      { id: 1, cmid: 11, name: 'An essay on rivers 🌊' },
    ]);
    await importing.serve(async ({ page, client }) => {
      const legacy = await page(owner);
      expect(await legacy.sessions()).toMatchObject([
        {
          session_id: 'chat_2_1_1761984001_6b0323541bea7',
          title: 'New Chat',
          is_active: 0,
          created_at: autumn + 1,
          message_count: 0,
        },
        {
          session_id: 'chat_2_1_1761984000_6b0323541bea6',
          title: 'Rivers',
          is_active: 1,
          created_at: autumn,
          modified_at: autumn + 60,
          message_count: 2,
        },
      ]);
      expect(await legacy.messages('chat_2_1_1761984000_6b0323541bea6')).toMatchObject([
        { role: 'user', content: 'How long is the Nile? 🐊', timestamp: autumn + 10, created_at: autumn + 11 },
        { role: 'assistant', content: '<b>Long</b>', timestamp: autumn + 10, created_at: autumn + 12 },
      ]);
      expect((await legacy.history()).map(({ content }) => content)).toEqual([
        '<b>Long</b>',
        'How long is the Nile? 🐊',
      ]);
      expect((await (await client(owner)).active()).body.title).toBe('Rivers');
    });
  });

  /** The messages of one session from the legacy endpoint: role, content, seconds. */
  function shown(session: string, of = owner) {
    return importing.serve(async ({ page }) => {
      const rows = await (await page(of)).messages(session);
      return rows.map(({ role, content, timestamp }) => [role, content, timestamp]);
    });
  }

  it('with times in milliseconds, of four digits, before 2020 or in the future get plausible times', async () => {
    await begin();
    await moodle.createChat();
    const ahead = Math.floor(Date.now() / 1000) + 86_400 * 400;
    await moodle.addMessages([
      { content: 'milliseconds', timestamp: autumn * 1000 + 250, createdAt: autumn + 1 },
      { content: 'four digits', timestamp: 2025, createdAt: autumn + 2 },
      { content: '2007', timestamp: 1_190_000_000, createdAt: autumn + 3 },
      { content: 'ahead', timestamp: ahead, createdAt: autumn + 4 },
      { content: 'nothing', timestamp: 0, createdAt: autumn + 5 },
      { content: 'long ago', timestamp: 1_640_995_200, createdAt: autumn + 6 },
      { content: 'never saved', timestamp: autumn + 7, createdAt: 0 },
      { content: 'both ahead', timestamp: ahead, createdAt: ahead },
    ]);
    const before = Date.now();
    await bring();
    const rows = await shown('chat-1');
    expect(rows.slice(0, 7)).toEqual([
      ['user', 'long ago', 1_640_995_200],
      ['user', 'milliseconds', autumn],
      ['user', 'four digits', autumn + 2],
      ['user', '2007', autumn + 3],
      ['user', 'ahead', autumn + 4],
      ['user', 'nothing', autumn + 5],
      ['user', 'never saved', autumn + 7],
    ]);
    const [, , clamped] = rows[7] as [string, string, number];
    expect(clamped).toBeGreaterThanOrEqual(Math.floor(before / 1000));
    expect(clamped).toBeLessThanOrEqual(Date.now() / 1000);
    expect(await importing.rows("SELECT timestamp FROM writeassistdev_chat WHERE content = 'milliseconds'")).toEqual([
      { timestamp: autumn * 1000 + 250 },
    ]);
  });

  it('with SQL TIMESTAMPs get the time of saving instead of the time of the upgrade', async () => {
    await begin();
    await moodle.createChat('timestamp');
    const upgrade = '2025-11-16 03:00:00';
    await moodle.addMessages([
      { content: 'before 1', timestamp: upgrade, createdAt: autumn },
      { role: 'assistant', content: 'before 2', timestamp: upgrade, createdAt: autumn + 5 },
      { content: 'after', timestamp: '2025-11-20 10:00:00', createdAt: Date.UTC(2025, 10, 20, 10, 0, 3) / 1000 },
      {
        content: 'of another zone',
        timestamp: '2025-11-20 12:00:00',
        createdAt: Date.UTC(2025, 10, 20, 11, 0, 3) / 1000,
      },
    ]);
    const report = await bring();
    expect(report.found).toEqual(['writeassistdev_chat (times as SQL TIMESTAMP)']);
    expect(await shown('chat-1')).toEqual([
      ['user', 'before 1', autumn],
      ['assistant', 'before 2', autumn + 5],
      ['user', 'after', Date.UTC(2025, 10, 20, 10) / 1000],
      ['user', 'of another zone', Date.UTC(2025, 10, 20, 11, 0, 3) / 1000],
    ]);
  });

  it('with the later name of the plugin and another prefix are imported', async () => {
    await begin('researchflow', 'm_');
    await moodle.createCore({ 1: [21, 'Research'] });
    await moodle.createChat();
    await moodle.createSessions();
    await moodle.addSessions([{ session: 'chat-1', title: 'First' }]);
    await moodle.addMessages([{ content: 'hello' }]);
    const report = await bring();
    expect(report.source).toMatch(/^researchflow@[0-9a-f]{20}$/);
    expect(report.sessionsMade).toBe(0);
    expect(await shown('chat-1')).toEqual([['user', 'hello', autumn]]);
    expect(await importing.rows('SELECT id, cmid, name FROM writeassistdev')).toEqual([
      { id: 1, cmid: 21, name: 'Research' },
    ]);
  });

  it('in projects without tables of chats are imported', async () => {
    await begin();
    await moodle.createWork();
    const chatHistory = [
      { role: 'assistant', content: 'Welcome' },
      { role: 'user', content: 'ünïcode 🌍', timestamp: '2025-10-22T10:00:00.123Z' },
      { role: 'assistant', content: '<p>without a time</p>' },
      { role: 'user', content: 'later', timestamp: '2025-10-22T10:05:00.000Z' },
    ];
    await moodle.addWork({ metadata: {}, chatHistory }, { id: 9 });
    await moodle.addWork({ metadata: {} }, { id: 10, userId: 3 });
    await moodle.addWork('', { id: 11, userId: 4 });
    await moodle.addWork('{"chatHistory": [', { id: 12, userId: 5 });
    const report = await bring();
    expect(report.rows).toEqual([
      { kind: 'skipped', table: 'writeassistdev_work', row: '12', reason: 'its content is not JSON' },
    ]);
    const at = Date.UTC(2025, 9, 22, 10) / 1000;
    expect(await shown('earlier-chat-9')).toEqual([
      ['assistant', 'Welcome', at],
      ['user', 'ünïcode 🌍', at],
      ['assistant', '<p>without a time</p>', at],
      ['user', 'later', at + 300],
    ]);
    expect(await importing.rows('SELECT title, userid FROM writeassistdev_chat_sessions')).toEqual([
      { title: 'Earlier chat', userid: 2 },
    ]);
    // The project gets a new entry and loses its first ones.
    await moodle.addWork(
      {
        chatHistory: [
          ...chatHistory.slice(2),
          { role: 'user', content: 'later', timestamp: '2025-10-22T10:05:00.000Z' },
        ],
      },
      { id: 9 },
    );
    expect((await importing.run()).tables.writeassistdev_work).toMatchObject({ imported: 1, alreadyThere: 2 });
    const { rows } = await importing.run('--verify');
    expect(rows.map(({ reason }) => reason)).toEqual(
      [1, 2].map((number) => expect.stringMatching(`^no longer exists in the source .message ${number} of`) as string),
    );
  });

  it('in projects and in tables are imported once, with the correct number of equal messages', async () => {
    await begin();
    await moodle.createChat();
    await moodle.createWork();
    await moodle.addMessages([
      { id: 1, content: 'in both' },
      { id: 2, content: 'twice here' },
      { id: 3, content: 'twice here' },
      { id: 4, content: 'again much later', createdAt: autumn + 86_400 },
    ]);
    const timestamp = new Date(autumn * 1000 + 1500).toISOString();
    await moodle.addWork(
      {
        chatHistory: ['in both', 'twice here', 'twice here', 'twice here', 'again much later', 'only here'].map(
          (content) => {
            return { role: 'user', content, timestamp };
          },
        ),
      },
      { id: 5 },
    );
    const before = await moodle.checksum();
    const report = await importing.run();
    expect(report.tables.writeassistdev_work).toEqual({ read: 6, imported: 3, alreadyThere: 0, skipped: 3 });
    expect(report.rows.map(({ row, reason }) => [row, reason])).toEqual([
      ['5, entry 1', 'it is a duplicate of the row writeassistdev_chat 1'],
      ['5, entry 2', 'it is a duplicate of the row writeassistdev_chat 2'],
      ['5, entry 3', 'it is a duplicate of the row writeassistdev_chat 3'],
    ]);
    expect((await shown('earlier-chat-5')).map(([, content]) => content)).toEqual([
      'twice here',
      'again much later',
      'only here',
    ]);
    expect((await importing.run()).tables.writeassistdev_work).toEqual({
      read: 6,
      imported: 0,
      alreadyThere: 6,
      skipped: 0,
    });
    expect(await importing.run('--verify')).toMatchObject({
      isClean: true,
      verification: { messages: 7, different: 0 },
    });
    expect(await moodle.checksum()).toEqual(before);
  });

  it('with both names of the plugin are rejected until one is chosen, and never mixed', async () => {
    await begin();
    await moodle.createChat();
    await moodle.createChat('bigint', 'researchflow');
    await moodle.addMessages([{ content: 'old' }]);
    await moodle.addMessages([{ content: 'new' }], 'researchflow');
    await expect(importing.run()).rejects.toThrow('both writeassistdev and researchflow have chats');
    expect((await importing.run('--module', 'writeassistdev')).tables.writeassistdev_chat?.imported).toBe(1);
    await expect(importing.run('--module', 'researchflow')).rejects.toThrow(/^this store has chats of writeassistdev@/);
    expect(await shown('chat-1')).toEqual([['user', 'old', autumn]]);
  });

  it('are required: a database without tables of the plugin is rejected with one line', async () => {
    await begin();
    await expect(importing.run()).rejects.toThrow(
      /has no table mdl_writeassistdev_\*: check the database URL and --prefix$/,
    );
  });
});
