import { numbers } from '../../support/database/access.js';
import { TestImport } from '../../support/database/imports.js';
import { MoodleDatabase } from '../../support/moodle/moodle-database.js';

describe('the report of an import', () => {
  let moodle: MoodleDatabase;
  let importing: TestImport;

  beforeEach(async () => {
    moodle = await MoodleDatabase.create();
    importing = await TestImport.into(moodle);
    await moodle.createChat();
  });
  afterEach(async () => {
    await importing.drop();
    await moodle.drop();
  });

  it('names users who are deleted, suspended or missing in Moodle', async () => {
    await moodle.addMessages(numbers(130).map((index) => ({ content: 'x', userId: index + 2 })));
    expect((await importing.run('--dry-run')).inactiveUsers).toBeNull();
    await moodle.connection.query('CREATE TABLE mdl_user (id BIGINT, deleted TINYINT, suspended TINYINT)');
    await moodle.connection.query(
      'INSERT INTO mdl_user VALUES (2, 0, 0), (3, 1, 0), (4, 0, 1), (5, 1, 1), (6, NULL, NULL)',
    );
    await moodle.connection.query('INSERT INTO mdl_user VALUES (999, 1, 0)');
    const missing = numbers(125).map((index) => index + 7);
    expect((await importing.bring()).inactiveUsers).toEqual({
      deleted: { count: 2, ids: [3, 5] },
      suspended: { count: 1, ids: [4] },
      missing: { count: 125, ids: missing.slice(0, 100) },
    });
    expect(await importing.rows('SELECT COUNT(*) AS count FROM writeassistdev_chat')).toEqual([{ count: 130 }]);
    expect((await importing.run('--user', '4')).inactiveUsers).toMatchObject({
      deleted: { count: 0 },
      suspended: { count: 1 },
      missing: { count: 0 },
    });
  });

  it('says when rows of the source were not read, and the import fails', async () => {
    await moodle.addMessages(numbers(50).map((index) => ({ content: `message ${index}` })));
    await moodle.connection.query('RENAME TABLE mdl_writeassistdev_chat TO rows_of_chats');
    // Every row has another user whenever it is read.
    await moodle.connection.query(
      `CREATE VIEW mdl_writeassistdev_chat AS SELECT id, writeassistdevid, FLOOR(1 + RAND() * 1000000) AS userid,
         chat_session_id, role, content, timestamp, created_at FROM rows_of_chats`,
    );
    const { isClean, failure, imbalances } = await importing.run();
    expect([isClean, failure]).toEqual([false, null]);
    expect(imbalances).toEqual([
      expect.stringMatching(/^writeassistdev_chat: the source has 50 rows, but \d+ were read$/),
    ]);
  });
});
