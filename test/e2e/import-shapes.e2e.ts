import { MovingIn } from '../support/imports.js';
import { MoodleDatabase, autumn } from '../support/moodle.js';

const owner = { activityId: 1, userId: 2 };

describe('chats as Moodle’s databases really have them', () => {
  let moodle: MoodleDatabase;
  let moving: MovingIn;

  async function begin(module?: 'writeassistdev' | 'researchflow', prefix?: string): Promise<void> {
    moodle = await MoodleDatabase.create(module, prefix);
    moving = await MovingIn.into(moodle);
  }
  afterEach(async () => {
    await moving.drop();
    await moodle.drop();
  });

  /** Imports, and checks that the source is as it was, that again nothing is new, and that all is the same. */
  async function bring(...options: string[]) {
    const before = await moodle.checksum();
    const report = await moving.run(...options);
    expect(report).toMatchObject({ isClean: true, failure: null });
    const again = await moving.run(...options);
    for (const [name, { read, skipped }] of Object.entries(report.tables)) {
      expect(again.tables[name]).toMatchObject({ read, imported: 0, skipped: name.endsWith('_work') ? 0 : skipped });
    }
    expect(await moving.run('--verify')).toMatchObject({ isClean: true, verification: { different: 0 } });
    expect(await moodle.checksum()).toEqual(before);
    return report;
  }

  it('numbers of seconds, with sessions', async () => {
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
    expect(await moving.rows('SELECT id, cmid, name FROM writeassistdev')).toEqual([
      { id: 1, cmid: 11, name: 'An essay on rivers 🌊' },
    ]);
    await moving.serve(async ({ page, client }) => {
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
});
