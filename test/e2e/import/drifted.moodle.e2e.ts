import { MovingIn, type ImportReport } from '../../support/database/imports.js';
import { numbers } from '../../support/database/access.js';
import { columnVariants, createVariant, variantCount } from '../../support/moodle/drifted-tables.js';
import { MoodleDatabase, autumn } from '../../support/moodle/moodle-database.js';
import { full } from '../../support/run/full.js';

/** Every set of types in a full run. */
const sets = full(numbers(variantCount), [2, 4, 5]);

const sum = ({ tables }: ImportReport) =>
  Object.values(tables).map(({ read, imported, alreadyThere, skipped }) => read - imported - alreadyThere - skipped);

/** Imports, imports again without any change, and verifies. */
async function bring(moving: MovingIn): Promise<ImportReport> {
  const report = await moving.run();
  expect(report).toMatchObject({ isClean: true, failure: null, imbalances: [] });
  expect(sum(report).every((difference) => difference === 0)).toBe(true);
  const again = await moving.run();
  expect(again).toMatchObject({ isClean: true, imbalances: [] });
  for (const [table, { read, skipped }] of Object.entries(report.tables)) {
    expect([table, again.tables[table]]).toEqual([table, { read, imported: 0, alreadyThere: read - skipped, skipped }]);
  }
  expect(await moving.run('--verify')).toMatchObject({ isClean: true, rows: [] });
  return report;
}

/** All that was imported, without the numbers that a database gives by itself. */
async function picture(moving: MovingIn): Promise<unknown[]> {
  const statements = [
    'SELECT writeassistdevid, userid, active_session_id FROM writeassistdev_chat_owners ORDER BY 1, 2',
    `SELECT writeassistdevid, userid, session_id, title, message_count, last_activity_at, created_at, modified_at
     FROM writeassistdev_chat_sessions ORDER BY 1, 2, 3`,
    `SELECT writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp, created_at, history_time
     FROM writeassistdev_chat ORDER BY 1, 2, 3, 4`,
    `SELECT writeassistdevid, userid, source_table, row_id, session_id, sequence FROM writeassistdev_chat_imports
     ORDER BY 1, 2, 3, 4`,
  ];
  const rows: unknown[] = [];
  for (const statement of statements) rows.push(await moving.rows(statement));
  return rows;
}

describe('a source whose tables have other columns', () => {
  const databases: { drop: () => Promise<void> }[] = [];
  let plain: MoodleDatabase;
  let expected: unknown[];

  async function source(): Promise<{ moodle: MoodleDatabase; moving: MovingIn }> {
    const moodle = await MoodleDatabase.create();
    const moving = await MovingIn.into(moodle);
    databases.push(moving, moodle);
    return { moodle, moving };
  }

  beforeAll(async () => {
    const { moodle, moving } = await source();
    plain = moodle;
    await moodle.createChat();
    await moodle.createSessions();
    await moodle.addSessions([
      { userId: 2, session: 'chat_a', title: 'Größe', active: true, modifiedAt: autumn + 5 },
      { userId: 2, session: 'chat_b', title: 'Other', active: true, modifiedAt: autumn + 9 },
      { userId: 10, activityId: 3, session: 'chat_c', title: 'C' },
      { userId: 9, session: 'chat_d', title: ' D ', active: true },
    ]);
    // What all character sets have, trailing spaces, and two owners whose order as numbers is not that as texts.
    await moodle.addMessages(
      ['hello', ' spaces  ', 'ö\r\nü', 'equal', 'equal', 'x'.repeat(190), "'\\"].flatMap((content, index) => [
        { userId: 2, session: index % 2 ? 'chat_a' : 'chat-1', content, createdAt: autumn + index },
        { userId: 10, activityId: 3, session: 'chat_c', role: 'assistant', content, createdAt: autumn + index },
        { userId: 9, session: 'chat_d', role: 'system', content, createdAt: autumn + 100 },
      ]),
    );
    await bring(moving);
    expected = await picture(moving);
  });
  afterAll(async () => {
    for (const database of databases) await database.drop();
  });

  it.each(sets)('of the set of types %i comes to the same as the plugin’s own', async (set) => {
    const { moodle, moving } = await source();
    await createVariant(plain, moodle, set);
    expect((await bring(moving)).rows).toEqual([]);
    expect(await picture(moving)).toEqual(expected);
  });

  it('and are views comes to the same', async () => {
    const { moodle, moving } = await source();
    for (const table of ['chat', 'chat_sessions']) {
      await moodle.connection.query(
        `CREATE VIEW mdl_writeassistdev_${table} AS SELECT * FROM ${plain.name}.mdl_writeassistdev_${table}`,
      );
    }
    expect((await bring(moving)).rows).toEqual([]);
    expect(await picture(moving)).toEqual(expected);
  });

  it('without the optional columns', async () => {
    const { moodle, moving } = await source();
    await moodle.connection.query(
      `CREATE TABLE mdl_writeassistdev_chat AS SELECT id, writeassistdevid, userid, role, content
       FROM ${plain.name}.mdl_writeassistdev_chat`,
    );
    await moodle.connection.query(
      `CREATE TABLE mdl_writeassistdev_chat_sessions AS SELECT id, writeassistdevid, userid, session_id
       FROM ${plain.name}.mdl_writeassistdev_chat_sessions`,
    );
    const { tables } = await bring(moving);
    expect(tables).toMatchObject({
      writeassistdev_chat: { imported: 21, skipped: 0 },
      writeassistdev_chat_sessions: { imported: 4, skipped: 0 },
    });
  });

  it('and lacks a column that it needs is refused, with the name of both', async () => {
    const { moodle, moving } = await source();
    await moodle.connection.query('CREATE TABLE mdl_writeassistdev_chat (id INT, userid INT, role TEXT)');
    await expect(moving.run()).rejects.toThrow(
      'the table mdl_writeassistdev_chat has no column writeassistdevid, content',
    );
  });
});

describe('rows that no table of the plugin has', () => {
  let moodle: MoodleDatabase;
  let moving: MovingIn;

  beforeEach(async () => {
    moodle = await MoodleDatabase.create();
    moving = await MovingIn.into(moodle);
  });
  afterEach(async () => {
    await moving.drop();
    await moodle.drop();
  });

  const remarks = ({ rows }: ImportReport) => rows.map(({ table, kind, row, reason }) => [table, kind, row, reason]);
  const messageColumns = Object.keys(columnVariants.chat);
  const sessionColumns = Object.keys(columnVariants.chat_sessions);
  const workColumns = ['id', 'writeassistdevid', 'userid', 'content', 'timecreated', 'timemodified'];

  /** A table without keys in which every column may be NULL. */
  async function createLoose(table: string, columns: string[], types: Record<string, string> = {}): Promise<void> {
    const definitions = columns.map((name) => `\`${name}\` ${types[name] ?? 'varchar(200)'} NULL`);
    await moodle.connection.query(`CREATE TABLE mdl_writeassistdev_${table} (${definitions.join(', ')})`);
  }

  async function insert(table: string, columns: string[], rows: unknown[][]): Promise<void> {
    const names = columns.map((name) => `\`${name}\``).join(', ');
    await moodle.connection.query(`INSERT INTO mdl_writeassistdev_${table} (${names}) VALUES ?`, [rows]);
  }

  /** A row for each column that is NULL in it, and at last one without. */
  const withNulls = (columns: string[], row: (id: number) => unknown[]) => [
    ...columns.map((_, column) => row(column + 1).map((value, index) => (index === column ? null : value))),
    row(90),
  ];

  it.each([
    ['numbers and texts', { id: 'bigint', writeassistdevid: 'bigint', userid: 'bigint', created_at: 'bigint' }],
    ['texts', {}],
  ])('NULL in every column, of %s', async (_, types) => {
    await createLoose('chat', messageColumns, types);
    await createLoose('chat_sessions', sessionColumns, types);
    await createLoose('work', workColumns, types);
    await insert(
      'chat',
      messageColumns,
      withNulls(messageColumns, (id) => [id, 1, 2, 'chat_a', 'user', `message ${id}`, autumn + id, autumn + id]),
    );
    await insert(
      'chat_sessions',
      sessionColumns,
      withNulls(sessionColumns, (id) => [id, 1, 2, `chat_${id}`, `Title ${id}`, 1, autumn, autumn + id]),
    );
    const history = (id: number) => JSON.stringify({ chatHistory: [{ role: 'user', content: `entry ${id}` }] });
    await insert(
      'work',
      workColumns,
      withNulls(workColumns, (id) => [id, 1, 2, history(id), autumn, autumn]),
    );
    const report = await bring(moving);
    expect(report.tables).toEqual({
      writeassistdev_chat_sessions: { read: 9, imported: 6, alreadyThere: 0, skipped: 3 },
      writeassistdev_chat: { read: 9, imported: 4, alreadyThere: 0, skipped: 5 },
      writeassistdev_work: { read: 6, imported: 3, alreadyThere: 0, skipped: 3 },
    });
    const outside = 'ids must be from 1 to 4294967295';
    const anomalies = (table: string) => [
      [table, 'skipped', '2', `user 2 in activity NULL: ${outside}`],
      [table, 'skipped', '3', `user NULL in activity 1: ${outside}`],
      [table, 'skipped', 'NULL', 'it has no id (user 2 in activity 1)'],
    ];
    expect(remarks(report).sort()).toEqual(
      [
        ...anomalies('writeassistdev_chat'),
        ['writeassistdev_chat', 'skipped', '5', 'its role is NULL'],
        ['writeassistdev_chat', 'skipped', '6', 'its content is NULL'],
        ...anomalies('writeassistdev_chat_sessions'),
        ['writeassistdev_chat_sessions', 'changed', '4', 'its id "" became default'],
        ['writeassistdev_chat_sessions', 'changed', '5', 'its title null became "New Chat"'],
        ...anomalies('writeassistdev_work'),
      ].sort(),
    );
    expect(
      await moving.rows("SELECT content FROM writeassistdev_chat WHERE content LIKE 'message%' ORDER BY content"),
    ).toEqual([4, 7, 8, 90].map((id) => ({ content: `message ${id}` })));
    // The session that was modified last, of those that are active.
    expect(await moving.rows('SELECT active_session_id FROM writeassistdev_chat_owners')).toEqual([
      { active_session_id: 'chat_90' },
    ]);
  });

  it('ids of every kind, several times, and times that are none', async () => {
    await createLoose('chat', messageColumns, { content: 'longblob' });
    const odd: [id: string | null, content: string | Buffer, time?: string][] = [
      ['5', 'five'],
      ['5', 'another five'],
      ['5', 'five'],
      ['-7', 'negative'],
      ['0', 'zero'],
      ['007', 'zeros'],
      ['9007199254740993', 'huge a'],
      ['9007199254740994', 'huge b'],
      ['18446744073709551615', 'huge c'],
      ['99999999999999999999999', 'huger'],
      ['abc', 'a text'],
      ['abc ', 'the same text'],
      ['', 'empty'],
      ['1.5', 'a fraction'],
      ['8.0', 'a whole number'],
      ['1e3', 'an exponent'],
      [null, 'no id'],
      [null, 'no id either'],
      ['20', Buffer.from([0x61, 0xff, 0x62])],
      ['21', Buffer.from('\ufeffa mark 🌍 e\u0301')],
      ...['NaN', '-1', 'Infinity', '0000-00-00 00:00:00', '1e99', '99999999999999999999', 'soon', '', ' '].map(
        (time, index): [string, string, string] => [String(30 + index), `at ${time}`, time],
      ),
    ];
    await insert(
      'chat',
      messageColumns,
      odd.map(([id, content, time = String(autumn)]) => [id, 1, 2, 'chat_a', 'user', content, time, time]),
    );
    const report = await bring(moving);
    expect(report.tables.writeassistdev_chat).toEqual({ read: 29, imported: 23, alreadyThere: 0, skipped: 6 });
    const skipped = report.rows.filter(({ kind }) => kind === 'skipped').map(({ row, reason }) => `${row}: ${reason}`);
    expect(skipped.sort()).toEqual(
      [
        ...numbers(2).map(() => '5: another row has the same id'),
        'abc : another row has the same id',
        ...numbers(2).map(() => 'NULL: it has no id (user 2 in activity 1)'),
        '20: its content is not valid UTF-8',
      ].sort(),
    );
    const contents = await moving.rows<{ content: string }>(
      'SELECT content FROM writeassistdev_chat ORDER BY sequence',
    );
    const stored = contents.map(({ content }) => content);
    expect(stored).toEqual(expect.arrayContaining(['zero', 'zeros', 'negative', 'a text', '\ufeffa mark 🌍 e\u0301']));
    expect(stored.filter((content) => content.startsWith('huge '))).toEqual(['huge a', 'huge b', 'huge c']);
  });

  it('owners of every kind, and many rows of nobody', async () => {
    await createLoose('chat', messageColumns);
    const owners = [
      '2',
      ' 2',
      '02',
      '2.0',
      '1e1',
      '-3',
      '0',
      '4294967295',
      '4294967296',
      '99999999999999999999',
      'x',
      '',
    ];
    await insert('chat', messageColumns, [
      ...owners.flatMap((user, index) => [
        [100 + index, '1', user, 'chat-1', 'user', `user ${user}`, autumn, autumn],
        [200 + index, user, '1', 'chat-1', 'user', `activity ${user}`, autumn, autumn],
      ]),
      ...numbers(2500).map((index) => [1000 + index, 1, 'nobody', 'chat-1', 'user', 'lost', autumn, autumn]),
    ]);
    const report = await bring(moving);
    expect(report.tables.writeassistdev_chat).toEqual({ read: 2524, imported: 8, alreadyThere: 0, skipped: 2516 });
    expect(new Set(report.rows.map(({ row }) => row)).size).toBe(2516);
    const only = await moving.run('--user', '2', '--dry-run');
    expect(only.tables.writeassistdev_chat).toMatchObject({ read: 3, skipped: 0 });
  });

  it('a thousand rows with one id', async () => {
    await createLoose('chat', messageColumns, { id: 'int' });
    await insert(
      'chat',
      messageColumns,
      numbers(1300).map((index) => [index < 1200 ? 7 : index, 1, 2, 'a', 'user', `${index}`, autumn, autumn]),
    );
    expect((await bring(moving)).tables.writeassistdev_chat).toEqual({
      read: 1300,
      imported: 101,
      alreadyThere: 0,
      skipped: 1199,
    });
  });
});
