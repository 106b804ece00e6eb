import { TestImport, type ImportReport } from '../../support/database/imports.js';
import { numbers } from '../../support/database/access.js';
import { columnVariants } from '../../support/moodle/drifted-tables.js';
import { MoodleDatabase, autumn } from '../../support/moodle/moodle-database.js';

describe('rows that no table of the plugin has', () => {
  let moodle: MoodleDatabase;
  let importing: TestImport;

  beforeEach(async () => {
    moodle = await MoodleDatabase.create();
    importing = await TestImport.into(moodle);
  });
  afterEach(async () => {
    await importing.drop();
    await moodle.drop();
  });

  const remarks = ({ rows }: ImportReport) => rows.map(({ table, kind, row, reason }) => [table, kind, row, reason]);
  const messageColumns = Object.keys(columnVariants.chat);
  const sessionColumns = Object.keys(columnVariants.chat_sessions);
  const workColumns = Object.keys(columnVariants.work);

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
    const report = await importing.bring();
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
      await importing.rows("SELECT content FROM writeassistdev_chat WHERE content LIKE 'message%' ORDER BY content"),
    ).toEqual([4, 7, 8, 90].map((id) => ({ content: `message ${id}` })));
    // The session that was modified last, of those that are active.
    expect(await importing.rows('SELECT active_session_id FROM writeassistdev_chat_owners')).toEqual([
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
      ['9223372036854775807', 'huge c'],
      ['9223372036854775808.00', 'huge d'],
      ['13510798882111488', 'huge between'],
      ['18446744073709551615', 'huge e'],
      ['000000000000000000018446744073709551615', 'huge e'],
      ['9'.repeat(65), 'huge f'],
      ['9'.repeat(66), 'longer'],
      ['9007199254740992', 'huge'],
      ['-9007199254740991', 'least'],
      ['-9007199254740992', 'less'],
      ['-18446744073709551616', 'least of all'],
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
    const report = await importing.bring();
    expect(report.tables.writeassistdev_chat).toEqual({ read: 39, imported: 32, alreadyThere: 0, skipped: 7 });
    const skipped = report.rows.filter(({ kind }) => kind === 'skipped').map(({ row, reason }) => `${row}: ${reason}`);
    expect(skipped.sort()).toEqual(
      [
        ...numbers(2).map(() => '5: another row has the same id'),
        '000000000000000000018446744073709551615: another row has the same id',
        'abc : another row has the same id',
        ...numbers(2).map(() => 'NULL: it has no id (user 2 in activity 1)'),
        '20: its content is not valid UTF-8',
      ].sort(),
    );
    const contents = await importing.rows<{ content: string }>(
      'SELECT content FROM writeassistdev_chat ORDER BY sequence',
    );
    const stored = contents.map(({ content }) => content);
    expect(stored).toEqual(expect.arrayContaining(['zero', 'zeros', 'negative', 'a text', '\ufeffa mark 🌍 e\u0301']));
    const huge = stored.filter((content) => /^(huge|least|less)/.test(content));
    expect(huge).toEqual([
      ...['least of all', 'less', 'least', 'huge', 'huge a', 'huge b'],
      ...['huge between', 'huge c', 'huge d', 'huge e', 'huger', 'huge f'],
    ]);
  });

  it('sessions with one id, and activities without a name or with an odd course module', async () => {
    await createLoose('chat_sessions', sessionColumns);
    await insert(
      'chat_sessions',
      sessionColumns,
      ['5', '5', 'x', 'x', '-5', '99999999999999999999'].map((id, index) => [
        ...[id, index + 1, 2, `chat_${index}`, `Title ${index}`, 'yes', autumn, autumn],
      ]),
    );
    await insert('chat_sessions', sessionColumns, [['5', 1, 2, 'twin', 'Twin', '0', autumn, autumn]]);
    await moodle.createCore();
    for (const statement of [
      'ALTER TABLE mdl_writeassistdev MODIFY id varchar(20), MODIFY name blob, DROP PRIMARY KEY',
      "INSERT INTO mdl_writeassistdev VALUES ('1', 1, NULL), (NULL, 1, 'x'), ('x', 1, 'x'), ('2', 1, X'FF')",
      'ALTER TABLE mdl_course_modules MODIFY instance bigint NULL',
      'INSERT INTO mdl_course_modules VALUES (99999999999, 2, 2), (5, 2, NULL), (-1, 2, 3)',
    ]) {
      await moodle.connection.query(statement);
    }
    const report = await importing.bring();
    expect(report.tables.writeassistdev_chat_sessions).toEqual({ read: 7, imported: 6, alreadyThere: 0, skipped: 1 });
    expect(await importing.rows('SELECT DISTINCT cmid FROM writeassistdev')).toEqual([{ cmid: null }]);
  });

  it('owners of every kind, and many rows without a valid owner', async () => {
    await createLoose('chat', messageColumns);
    const owners = [
      '2',
      ' 2',
      '02',
      '2.0',
      '2.00',
      '2.',
      '0000000000000000000002',
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
    const report = await importing.bring();
    expect(report.tables.writeassistdev_chat).toEqual({ read: 2530, imported: 16, alreadyThere: 0, skipped: 2514 });
    expect(new Set(report.rows.map(({ row }) => row)).size).toBe(2514);
    const only = await importing.run('--user', '2', '--dry-run');
    expect(only.tables.writeassistdev_chat).toMatchObject({ read: 7, skipped: 0 });
  });

  it('JSON, whose text is kept', async () => {
    await createLoose('chat', messageColumns, { content: 'JSON', chat_session_id: 'JSON' });
    const text = '{"a":  1,\n"a" : 2}';
    await insert('chat', messageColumns, [[1, 1, 2, '"a"', 'user', text, autumn, autumn]]);
    await importing.bring();
    expect(await importing.rows('SELECT content FROM writeassistdev_chat')).toEqual([{ content: text }]);
  });

  it('ids beyond 2^53 that an older version has recorded are recorded still', async () => {
    await moodle.createChat();
    await moodle.connection.query(
      `INSERT INTO mdl_writeassistdev_chat VALUES (9007199254740992, 1, 2, 'a', 'user', 'w', 1761984000, 1761984000),
         (9007199254740993, 1, 2, 'a', 'user', 'x', 1761984000, 1761984000),
         (9223372036854775807, 1, 2, 'a', 'user', 'y', 1761984000, 1761984000)`,
    );
    await importing.bring();
    await importing.look(async (dataSource) => {
      const rows = "source_table = 'writeassistdev_chat' AND row_id";
      const set = (id: string) => `UPDATE writeassistdev_chat_imports SET row_id = ${id}`;
      const ids = await dataSource.query<{ id: string }[]>(
        `SELECT i.row_id AS id FROM writeassistdev_chat_imports i JOIN writeassistdev_chat c ON c.id = i.message_id
         ORDER BY c.content`,
      );
      for (const [index, id] of ['9007199254740992', '9007199254740993', '9223372036854775807'].entries()) {
        await dataSource.query(`${set(id)} WHERE ${rows} = ${String(ids[index]?.id)}`);
      }
      await dataSource.query('DROP TABLE writeassistdev_chat_import_differences');
      await dataSource.query("DELETE FROM writeassistdev_chat_migrations WHERE name LIKE 'AddImportDifferences%'");
    });
    await moodle.connection.query('ALTER TABLE mdl_writeassistdev_chat MODIFY id BIGINT UNSIGNED');
    await moodle.connection.query(
      `INSERT INTO mdl_writeassistdev_chat
       VALUES (18446744073709551615, 1, 2, 'a', 'user', 'z', 1761984000, 1761984000)`,
    );
    expect((await importing.run()).tables.writeassistdev_chat).toMatchObject({ imported: 1, alreadyThere: 3 });
    expect(await importing.run('--verify')).toMatchObject({ isClean: true, verification: { messages: 4 } });
  });

  it('a thousand rows with one id', async () => {
    await createLoose('chat', messageColumns, { id: 'int' });
    await insert(
      'chat',
      messageColumns,
      numbers(1300).map((index) => [index < 1200 ? 7 : index, 1, 2, 'a', 'user', `${index}`, autumn, autumn]),
    );
    expect((await importing.bring()).tables.writeassistdev_chat).toEqual({
      read: 1300,
      imported: 101,
      alreadyThere: 0,
      skipped: 1199,
    });
  });
});
