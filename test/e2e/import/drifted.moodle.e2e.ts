import { TestImport } from '../../support/database/imports.js';
import { numbers } from '../../support/database/access.js';
import { createVariant, variantCount } from '../../support/moodle/drifted-tables.js';
import { MoodleDatabase, autumn } from '../../support/moodle/moodle-database.js';
import { full } from '../../support/run/full.js';

/** Every set of types in a full run. */
const sets = full(numbers(variantCount), [2, 4, 5]);

/** All that was imported, without the numbers that a database gives by itself. */
async function picture(importing: TestImport): Promise<unknown[]> {
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
  for (const statement of statements) rows.push(await importing.rows(statement));
  return rows;
}

describe('a source whose tables have other columns', () => {
  const databases: { drop: () => Promise<void> }[] = [];
  let plain: MoodleDatabase;
  let expected: unknown[];

  async function source(): Promise<{ moodle: MoodleDatabase; importing: TestImport }> {
    const moodle = await MoodleDatabase.create();
    const importing = await TestImport.into(moodle);
    databases.push(importing, moodle);
    return { moodle, importing };
  }

  beforeAll(async () => {
    const { moodle, importing } = await source();
    plain = moodle;
    await moodle.createChat();
    await moodle.createSessions();
    await moodle.createWork();
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
    // A title is looked for in vain.
    await moodle.addMessages([{ userId: 9, session: 'quiet', role: 'assistant', content: 'nobody asked' }]);
    const chatHistory = [{ role: 'user', content: 'only here' }];
    await moodle.addWork({ chatHistory }, { userId: 10, activityId: 3 });
    await moodle.addWork({ chatHistory }, { userId: 9 });
    await importing.bring();
    expected = await picture(importing);
  });
  afterAll(async () => {
    for (const database of databases) await database.drop();
  });

  it.each(sets)('of the set of types %i comes to the same as the plugin’s own', async (set) => {
    const { moodle, importing } = await source();
    await createVariant(plain, moodle, set);
    const since = await importing.run('--dry-run', '--since', '2025-10-01');
    expect(Object.values(since.tables).map(({ imported }) => imported)).toEqual([4, 22, 2]);
    expect((await importing.bring()).rows).toEqual([]);
    expect(await picture(importing)).toEqual(expected);
  });

  it('and are views comes to the same', async () => {
    const { moodle, importing } = await source();
    for (const table of ['chat', 'chat_sessions', 'work']) {
      await moodle.connection.query(
        `CREATE VIEW mdl_writeassistdev_${table} AS SELECT * FROM ${plain.name}.mdl_writeassistdev_${table}`,
      );
    }
    expect((await importing.bring()).rows).toEqual([]);
    expect(await picture(importing)).toEqual(expected);
  });

  it('without the optional columns', async () => {
    const { moodle, importing } = await source();
    await moodle.connection.query(
      `CREATE TABLE mdl_writeassistdev_chat AS SELECT id, writeassistdevid, userid, role, content
       FROM ${plain.name}.mdl_writeassistdev_chat`,
    );
    await moodle.connection.query(
      `CREATE TABLE mdl_writeassistdev_chat_sessions AS SELECT id, writeassistdevid, userid, session_id
       FROM ${plain.name}.mdl_writeassistdev_chat_sessions`,
    );
    const { tables } = await importing.bring();
    expect(tables).toMatchObject({
      writeassistdev_chat: { imported: 22, skipped: 0 },
      writeassistdev_chat_sessions: { imported: 4, skipped: 0 },
    });
  });

  it('and lacks a column that it needs is refused, with the name of both', async () => {
    const { moodle, importing } = await source();
    await moodle.connection.query('CREATE TABLE mdl_writeassistdev_chat (id INT, userid INT, role TEXT)');
    await expect(importing.run()).rejects.toThrow(
      'the table mdl_writeassistdev_chat has no column writeassistdevid, content',
    );
  });
});
