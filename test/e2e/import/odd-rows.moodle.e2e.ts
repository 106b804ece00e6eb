import { TestImport, type ImportReport } from '../../support/database/imports.js';
import { MoodleDatabase, autumn, type MoodleMessage } from '../../support/moodle/moodle-database.js';
import { numbers } from '../../support/database/access.js';

const owner = { activityId: 1, userId: 2 };

describe('unusual rows are imported completely or reported', () => {
  let moodle: MoodleDatabase;
  let importing: TestImport;

  beforeEach(async () => {
    moodle = await MoodleDatabase.create();
    importing = await TestImport.into(moodle);
    await moodle.createChat();
    await moodle.createSessions();
  });
  afterEach(async () => {
    await importing.drop();
    await moodle.drop();
  });

  /** Imports, and expects that a second import adds nothing and that a verification finds no difference. */
  async function bring(): Promise<ImportReport> {
    const before = await moodle.checksum();
    const report = await importing.run();
    expect(report).toMatchObject({ isClean: true, failure: null });
    for (const { imported } of Object.values((await importing.run()).tables)) expect(imported).toBe(0);
    expect(await importing.run('--verify')).toMatchObject({ isClean: true });
    expect(await moodle.checksum()).toEqual(before);
    return report;
  }

  const remarks = ({ rows }: ImportReport) => rows.map(({ kind, row, reason }) => `${kind} ${row}: ${reason}`);
  const sessions = () =>
    importing.rows<{ session_id: string; title: string }>(
      'SELECT session_id, title, message_count FROM writeassistdev_chat_sessions ORDER BY id',
    );

  it('users below 1 are reported, and long names of activities shortened', async () => {
    await moodle.connection.query('CREATE TABLE mdl_writeassistdev (id BIGINT PRIMARY KEY, name TEXT NOT NULL)');
    await moodle.connection.query("INSERT INTO mdl_writeassistdev VALUES (1, REPEAT('🌍', 300))");
    await moodle.addMessages([{ content: 'kept' }, { content: 'lost', userId: -5 }, { content: 'lost', userId: 0 }]);
    const report = await bring();
    expect(remarks(report)).toEqual([
      'skipped 2: user -5 in activity 1: ids must be from 1 to 4294967295',
      'skipped 3: user 0 in activity 1: ids must be from 1 to 4294967295',
    ]);
    expect(await importing.rows('SELECT name FROM writeassistdev')).toEqual([{ name: '🌍'.repeat(255) }]);
  });

  it('contents that are not projects are reported', async () => {
    await moodle.addMessages([{ content: 'kept' }]);
    await moodle.createWork();
    for (const [index, project] of ['"{}"', '[{"role":"user","content":"x"}]', '5', '[]', 'null', '{}'].entries()) {
      await moodle.addWork(project, { userId: index + 2 });
    }
    const report = await bring();
    expect(remarks(report)).toEqual([1, 2, 3].map((row) => `skipped ${row}: its content is not a project`));
  });

  it('messages without a session get one with their id and the first user message as the title', async () => {
    const long = 'A question that is much longer than what anybody would like to read as the title of a chat 🌍';
    await moodle.addMessages([
      { session: 'chat-1', role: 'assistant', content: 'Welcome' },
      { session: 'chat-1', content: ' \n What\tis a\r\nriver? ' },
      { session: '', content: 'no session at all' },
      { session: 'default', content: 'the default one' },
      { session: 'CHAT-1', content: 'Moodle takes it for chat-1' },
      { session: 'chat-1  ', content: 'and this' },
      { session: 'chat-2', role: 'assistant', content: 'nobody asked' },
      { session: 'chat-3', content: long },
    ]);
    const report = await bring();
    expect([report.sessionsMade, report.rows]).toEqual([4, []]);
    expect(await sessions()).toEqual([
      { session_id: 'chat-1', title: 'What is a river?', message_count: 4 },
      { session_id: 'chat-2', title: 'New Chat', message_count: 1 },
      { session_id: 'chat-3', title: `${long.slice(0, 80).trimEnd()}…`, message_count: 1 },
      { session_id: 'default', title: 'no session at all', message_count: 2 },
    ]);
  });

  it('the first user message may come a thousand messages later', async () => {
    await moodle.addMessages([
      ...numbers(1400).map((index) => ({ role: 'assistant', content: `answer ${index}` })),
      { content: 'the question' },
    ]);
    await bring();
    expect(await sessions()).toEqual([{ session_id: 'chat-1', title: 'the question', message_count: 1401 }]);
  });

  it('invalid session ids become valid ones, and invalid titles the default', async () => {
    await moodle.addSessions([
      { id: 1, session: 'chat 1: Ä<b>', title: 'A' },
      { id: 2, session: 'active', title: null },
      { id: 3, session: 'blank', title: '  ' },
      { id: 4, session: 'tab', title: 'a\tb' },
      { id: 5, session: 'whole', title: '🌍'.repeat(255) },
    ]);
    await moodle.addMessages([
      { session: 'chat 1: Ä<b>', content: 'x' },
      { session: 'CHAT 1: a<B>', content: 'y' },
    ]);
    const report = await bring();
    const stored = await sessions();
    expect(stored.map(({ title }) => title).sort()).toEqual(
      ['A', 'New Chat', 'New Chat', 'a b', '🌍'.repeat(255)].sort(),
    );
    const [safe = '', reserved = ''] = stored
      .map(({ session_id: id }) => id)
      .filter((id) => id.startsWith('imported-'))
      .sort()
      .reverse();
    expect([safe, reserved]).toEqual([
      expect.stringMatching(/^imported-chat-1-b--?[0-9a-f]{12}$/),
      expect.stringMatching(/^imported-active-[0-9a-f]{12}$/),
    ]);
    expect(stored.find(({ session_id: id }) => id === safe)).toMatchObject({ title: 'A', message_count: 2 });
    expect(remarks(report)).toEqual([
      `changed 1: its id "chat 1: Ä<b>" became ${safe}`,
      `changed 2: its id "active" became ${reserved}`,
      'changed 2: its title null became "New Chat"',
      'changed 3: its title "  " became "New Chat"',
      'changed 4: its title "a\\tb" became "a b"',
    ]);
  });

  it('the last modified of several active sessions becomes the active one', async () => {
    await moodle.addSessions([
      { session: 'a', active: true, modifiedAt: autumn + 5 },
      { session: 'b', active: true, modifiedAt: autumn + 9 },
      { session: 'c', active: true, modifiedAt: autumn + 7 },
      { session: 'd', modifiedAt: autumn + 99 },
      { session: 'e', userId: 3 },
    ]);
    await bring();
    expect(
      await importing.rows('SELECT userid, active_session_id FROM writeassistdev_chat_owners ORDER BY userid'),
    ).toEqual([
      { userid: 2, active_session_id: 'b' },
      { userid: 3, active_session_id: null },
    ]);
  });

  it('contents of every kind and size are imported unchanged, and invalid messages reported', async () => {
    const whole: MoodleMessage[] = [
      { content: '<script>alert(1)</script> & <b>"HTML"</b>' },
      { content: '👩‍👩‍👧 שלום 日本 \u0301 \\ \' " % _ ?' },
      { content: ' \r\n\t edges \n' },
      { content: 'é🌍'.repeat(42_000) },
      { content: 'x'.repeat(3_000_000) },
      { content: 'equal' },
      { content: 'equal' },
      { role: 'system', content: 'system' },
      { role: ' Assistant', content: 'a role that can be read' },
    ];
    await moodle.addMessages(whole.map((message, index) => ({ ...message, id: index + 1 })));
    await moodle.addMessages([
      { id: 21, content: '' },
      { id: 22, role: 'robot', content: 'x' },
      { id: 23, content: 'a\0b' },
      { id: 24, userId: 0, content: 'x' },
      { id: 25, userId: 4_294_967_296, content: 'x' },
    ]);
    const report = await bring();
    expect(report.tables.writeassistdev_chat).toEqual({ read: 14, imported: 9, alreadyThere: 0, skipped: 5 });
    expect(remarks(report).sort()).toEqual([
      'changed 9: its role was " Assistant"',
      'skipped 21: its content is empty',
      'skipped 22: its role is "robot"',
      'skipped 23: its content must not have the character U+0000',
      'skipped 24: user 0 in activity 1: ids must be from 1 to 4294967295',
      'skipped 25: user 4294967296 in activity 1: ids must be from 1 to 4294967295',
    ]);
    await importing.serve(async ({ page }) => {
      const rows = await (await page(owner)).messages('chat-1');
      expect(rows.map(({ content }) => content)).toEqual(whole.map(({ content }) => content));
      expect(rows.at(-1)?.role).toBe('assistant');
    });
  });

  it('a content that is too long for the column is reported, and one that just fits imported', async () => {
    await moodle.connection.query(
      `INSERT INTO mdl_writeassistdev_chat SELECT 1, 1, 2, 'chat-1', 'user', REPEAT('y', 16700000), 1761984000, 1761984000`,
    );
    await moodle.connection.query(
      `INSERT INTO mdl_writeassistdev_chat SELECT 2, 1, 2, 'chat-1', 'user', REPEAT('x', 16777216), 1761984000, 1761984000`,
    );
    await moodle.addMessages([{ id: 3, content: 'after' }]);
    expect(remarks(await bring())).toEqual([
      'skipped 2: its content has 16777216 bytes, more than the maximum of 16777215',
    ]);
  }, 60_000);

  it('thousands of messages with one timestamp keep their order and get different positions', async () => {
    await moodle.addMessages(numbers(2500).map((index) => ({ content: String(index), session: `chat-${index % 3}` })));
    await bring();
    const rows = await importing.rows<{ content: string; history_time: number }>(
      'SELECT content, history_time FROM writeassistdev_chat ORDER BY history_time',
    );
    expect(rows.map(({ content }) => content)).toEqual(numbers(2500).map(String));
    expect(rows.map(({ history_time: time }) => time)).toEqual(numbers(2500).map((index) => autumn * 1000 + index));
  });
});
