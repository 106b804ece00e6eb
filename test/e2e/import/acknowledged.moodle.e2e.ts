import { TestImport } from '../../support/database/imports.js';
import { MoodleDatabase } from '../../support/moodle/moodle-database.js';

describe('differences that are intended', () => {
  let moodle: MoodleDatabase;
  let importing: TestImport;

  beforeEach(async () => {
    moodle = await MoodleDatabase.create();
    importing = await TestImport.into(moodle);
    await moodle.createChat();
    await moodle.createSessions();
    await moodle.addSessions([
      { id: 7, session: 'kept' },
      { id: 8, session: 'gone', userId: 3 },
    ]);
    await moodle.addMessages([
      { content: 'a' },
      { content: 'b' },
      { content: 'c', userId: 3 },
      { content: 'd', userId: 4 },
    ]);
    await importing.run();
  });
  afterEach(async () => {
    await importing.drop();
    await moodle.drop();
  });

  async function verify(...options: string[]): Promise<[isClean: boolean, rows: string[], acknowledged?: number]> {
    const { isClean, rows, verification } = await importing.run('--verify', ...options);
    return [isClean, rows.map(({ row }) => row), verification?.acknowledged];
  }

  /** One user is erased here, a message is deleted in Moodle, and a user merged into another one there. */
  async function change(): Promise<void> {
    await importing.look((dataSource) => dataSource.query('DELETE FROM writeassistdev_chat_owners WHERE userid = 3'));
    await moodle.connection.query('DELETE FROM mdl_writeassistdev_chat WHERE id = 1');
    await moodle.connection.query('UPDATE mdl_writeassistdev_chat SET userid = 5 WHERE userid = 4');
  }

  it('are acknowledged, do not count then, and can be withdrawn', async () => {
    await change();
    const all = ['1', '8', '3', '4', '4'];
    expect(await verify()).toEqual([false, all, 0]);
    expect(await verify('--acknowledge')).toEqual([true, [], 5]);
    expect(await verify()).toEqual([true, [], 5]);
    expect(await verify('--withdraw')).toEqual([false, all, 0]);
    expect(await verify()).toEqual([false, all, 0]);
  });

  it('are those of one user only, when it is named', async () => {
    await change();
    expect(await verify('--acknowledge', '--user', '3')).toEqual([true, [], 2]);
    expect(await verify()).toEqual([false, ['1', '4', '4'], 2]);
    expect(await verify('--acknowledge', '--user', '2')).toEqual([true, [], 1]);
    expect(await verify('--withdraw', '--user', '3')).toEqual([false, ['8', '3'], 0]);
    expect(await verify()).toEqual([false, ['8', '3', '4', '4'], 1]);
  });

  it('are no others: a new one fails, and so does one whose row changes again', async () => {
    await change();
    await verify('--acknowledge');
    await moodle.connection.query("UPDATE mdl_writeassistdev_chat SET content = 'b2' WHERE id = 2");
    expect(await verify()).toEqual([false, ['2'], 5]);
    await verify('--acknowledge');
    expect(await verify()).toEqual([true, [], 6]);
    // Each side of what was acknowledged counts.
    await moodle.connection.query("UPDATE mdl_writeassistdev_chat SET content = 'b3' WHERE id = 2");
    expect(await verify()).toEqual([false, ['2'], 5]);
    await moodle.connection.query("UPDATE mdl_writeassistdev_chat SET content = 'b2' WHERE id = 2");
    expect(await verify()).toEqual([true, [], 6]);
    await importing.rows("UPDATE writeassistdev_chat SET content = 'b4' WHERE content = 'b'");
    expect(await verify()).toEqual([false, ['2'], 5]);
    await importing.rows("UPDATE writeassistdev_chat SET content = 'b2' WHERE content = 'b4'");
    expect(await verify()).toEqual([true, [], 5]);
  });

  it('stay acknowledged after another import, which brings the merged user’s chats', async () => {
    await change();
    await verify('--acknowledge');
    expect((await importing.run()).tables.writeassistdev_chat).toMatchObject({ imported: 1 });
    expect(await verify()).toEqual([true, [], 4]);
  });

  it('stay acknowledged when a later --acknowledge fails, which acknowledges nothing', async () => {
    await change();
    await verify('--acknowledge');
    const acknowledged = () =>
      importing.rows(
        "SELECT * FROM writeassistdev_chat_import_differences WHERE source NOT LIKE '% pending' ORDER BY userid, row_id",
      );
    const before = await acknowledged();
    await moodle.connection.query("UPDATE mdl_writeassistdev_chat SET content = 'b2' WHERE id = 2");
    await moodle.connection.query('RENAME TABLE mdl_writeassistdev_chat TO rows_of_chats');
    const view = (userId: string, content: string) =>
      moodle.connection.query(
        `CREATE OR REPLACE VIEW mdl_writeassistdev_chat AS SELECT id, writeassistdevid, ${userId} AS userid,
           chat_session_id, role, ${content} AS content, timestamp, created_at FROM rows_of_chats`,
      );
    // The last row that is compared cannot be read.
    await view('userid', 'CASE WHEN userid = 5 THEN (SELECT 1 UNION SELECT 2) ELSE content END');
    const failed = await importing.run('--verify', '--acknowledge');
    expect([failed.isClean, failed.failure]).toEqual([false, expect.stringContaining('ER_SUBQUERY_NO_1_ROW')]);
    expect(await acknowledged()).toEqual(before);
    // Every row has another user whenever it is read.
    await view('FLOOR(1 + RAND() * 1000000)', 'content');
    expect(await importing.run('--verify', '--acknowledge')).toMatchObject({
      isClean: false,
      failure: 'nothing was acknowledged, because not every row of the source was read',
    });
    await view('userid', 'content');
    expect(await acknowledged()).toEqual(before);
    expect(await verify()).toEqual([false, ['2'], 5]);
  });

  it('are replaced all at once: more than are saved in one statement', async () => {
    await moodle.addMessages(Array.from({ length: 250 }, (_, index) => ({ content: `${index}` })));
    await importing.run();
    await moodle.connection.query('DELETE FROM mdl_writeassistdev_chat');
    expect(await verify('--acknowledge')).toEqual([true, [], 254]);
    expect(await verify()).toEqual([true, [], 254]);
    // What a killed run has left does not become acknowledged.
    await importing.rows(
      "UPDATE writeassistdev_chat_import_differences SET source = CONCAT(source, ' pending') WHERE row_id > 100",
    );
    const sources = () => importing.rows('SELECT DISTINCT source FROM writeassistdev_chat_import_differences');
    expect(await sources()).toHaveLength(2);
    const [, left] = await verify();
    expect(left).toHaveLength(154);
    expect(await verify('--acknowledge', '--user', '3')).toEqual([true, [], 1]);
    expect(await sources()).toHaveLength(1);
    expect((await verify())[1]).toHaveLength(154);
  });

  it.each([
    [['--acknowledge'], '--acknowledge needs --verify'],
    [['--withdraw'], '--withdraw needs --verify'],
    [['--verify', '--acknowledge', '--withdraw'], '--acknowledge and --withdraw exclude each other'],
    [['--verify', '--acknowledge', '--dry-run'], '--dry-run and --acknowledge exclude each other'],
    [['--verify', '--withdraw', '--dry-run'], '--dry-run and --withdraw exclude each other'],
  ])('%j is refused', async (options, message) => {
    await expect(importing.run(...options)).rejects.toThrow(message);
  });
});
