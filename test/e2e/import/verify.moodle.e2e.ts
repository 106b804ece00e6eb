import { StartupError } from '../../../src/common/startup-error.js';
import { TestImport } from '../../support/database/imports.js';
import { migrationNames } from '../../support/database/migrations.js';
import { MoodleDatabase, autumn } from '../../support/moodle/moodle-database.js';

describe('a verification', () => {
  let moodle: MoodleDatabase;
  let importing: TestImport;

  beforeEach(async () => {
    moodle = await MoodleDatabase.create();
    importing = await TestImport.into(moodle);
    await moodle.createChat();
    await moodle.addMessages([{ content: 'a' }, { content: 'b', createdAt: autumn + 1 }]);
  });
  afterEach(async () => {
    await importing.drop();
    await moodle.drop();
  });

  /** The exit code and the message of a verification that is rejected. */
  const refusal = async (...options: string[]): Promise<[number, string]> => {
    const error = await importing.run('--verify', ...options).catch((thrown: unknown) => thrown);
    if (!(error instanceof StartupError)) throw new Error(`not rejected, but: ${JSON.stringify(error)}`);
    return [error.exitCode, error.lines.join()];
  };

  it('is rejected before the first import', async () => {
    const nothing = /nothing was imported from writeassistdev@\w+ into this database/;
    expect(await refusal()).toEqual([78, expect.stringMatching(nothing)]);
    await importing.look(() => Promise.resolve());
    expect(await refusal()).toEqual([78, expect.stringMatching(nothing)]);
    await importing.run();
    expect(await importing.run('--verify')).toMatchObject({
      isClean: true,
      verification: { messages: 2, different: 0 },
    });
    const empty = await TestImport.into(moodle);
    try {
      await expect(empty.run('--verify')).rejects.toThrow(nothing);
    } finally {
      await empty.drop();
    }
  });

  it('is rejected for another site', async () => {
    await importing.run();
    await moodle.connection.query('CREATE TABLE IF NOT EXISTS mdl_config (id BIGINT, name VARCHAR(50), value TEXT)');
    await moodle.connection.query("DELETE FROM mdl_config WHERE name = 'siteidentifier'");
    await moodle.connection.query("INSERT INTO mdl_config VALUES (9, 'siteidentifier', 'another site')");
    expect(await refusal()).toEqual([78, expect.stringContaining('this store has chats of')]);
  });

  it('is rejected while migrations are pending, like a dry run', async () => {
    await importing.run();
    const newest = migrationNames.at(-1) ?? '';
    await importing.rows(`DELETE FROM writeassistdev_chat_migrations WHERE name = '${newest}'`);
    for (const option of ['--verify', '--dry-run']) {
      await expect(importing.run(option)).rejects.toThrow(`outstanding migrations: ${newest}`);
    }
  });

  it('fails when rows of the source were not read', async () => {
    await importing.run();
    await moodle.connection.query('RENAME TABLE mdl_writeassistdev_chat TO rows_of_chats');
    // Every row has another user whenever it is read.
    await moodle.connection.query(
      `CREATE VIEW mdl_writeassistdev_chat AS SELECT id, writeassistdevid, FLOOR(1 + RAND() * 1000000) AS userid,
         chat_session_id, role, content, timestamp, created_at FROM rows_of_chats`,
    );
    const { isClean, failure, imbalances } = await importing.run('--verify');
    expect([isClean, failure]).toEqual([false, null]);
    expect(imbalances).toEqual([
      expect.stringMatching(/^writeassistdev_chat: the source has 2 rows, but \d were read$/),
    ]);
  });

  it('finds what was imported from tables that no longer exist', async () => {
    await moodle.createSessions();
    await moodle.addSessions([{ id: 7, session: 'chat-1' }]);
    await moodle.createWork();
    await moodle.addWork({ chatHistory: [{ role: 'user', content: 'p', timestamp: autumn * 1000 }] }, { userId: 3 });
    await importing.run();
    const verify = async () => {
      const { isClean, rows, verification } = await importing.run('--verify');
      return [isClean, verification?.messages, rows.map(({ table, reason }) => `${table}: ${reason}`)];
    };
    expect(await verify()).toEqual([true, 3, []]);
    const gone = 'its table no longer exists in the source, or cannot be read';
    await moodle.connection.query('DROP TABLE mdl_writeassistdev_work');
    const project = expect.stringMatching(
      `^writeassistdev_work: ${gone} \\(message 1 of earlier-chat-1, user 3, activity 1\\)$`,
    ) as string;
    expect(await verify()).toEqual([false, 3, [project]]);
    await moodle.connection.query('DROP TABLE mdl_writeassistdev_chat_sessions');
    const session = `writeassistdev_chat_sessions: ${gone} (chat-1, user 2, activity 1)`;
    expect(await verify()).toEqual([false, 3, [session, project]]);
    await moodle.createWork();
    await moodle.connection.query('DROP TABLE mdl_writeassistdev_chat');
    expect(await verify()).toEqual([
      false,
      3,
      [
        expect.stringContaining(`writeassistdev_chat: ${gone} (message 1 of chat-1`),
        expect.stringContaining(`writeassistdev_chat: ${gone} (message 2 of chat-1`),
        session,
        expect.stringContaining('writeassistdev_work: no longer exists in the source'),
      ],
    ]);
    expect(await importing.run('--verify', '--acknowledge')).toMatchObject({ isClean: true });
    expect(await importing.run('--verify')).toMatchObject({ isClean: true, verification: { acknowledged: 4 } });
  });

  it('is rejected for a user or an activity without data, but not for one without messages', async () => {
    await moodle.createSessions();
    await moodle.addSessions([{ session: 'empty', userId: 4 }]);
    await importing.run();
    const nothing = [78, expect.stringContaining('for this user or activity') as string];
    expect(await refusal('--user', '99')).toEqual(nothing);
    expect(await refusal('--activity', '99', '--acknowledge')).toEqual(nothing);
    expect(await refusal('--user', '4', '--activity', '2')).toEqual(nothing);
    expect(await importing.run('--verify', '--user', '4')).toMatchObject({
      isClean: true,
      verification: { owners: 1 },
    });
    await moodle.addMessages([{ content: 'c', userId: 99 }]);
    expect(await importing.run('--verify', '--user', '99')).toMatchObject({
      isClean: false,
      verification: { different: 1 },
    });
  });

  it('finds messages that are in another chat, under whatever id', async () => {
    await moodle.createSessions();
    await moodle.addSessions([
      { id: 7, session: 'Chat 7' },
      { id: 8, session: 'chat-8' },
    ]);
    await moodle.addMessages([
      { id: 11, session: 'chat 7', content: 'c' },
      { id: 12, session: 'CHAT-8', content: 'd' },
      { id: 13, session: '', content: 'e' },
      { id: 14, session: 'Größe', content: 'f' },
    ]);
    await importing.run();
    const moved = async () => {
      const { isClean, rows } = await importing.run('--verify');
      return [isClean, ...rows.map(({ row, reason }) => [row, reason.replace(/ \(.*/, '')])];
    };
    const inSource = (set: string, table = 'chat') =>
      moodle.connection.query(`UPDATE mdl_writeassistdev_${table} SET ${set}`);
    expect(await moved()).toEqual([true]);
    // A chat that got another id is the same one.
    await inSource("session_id = 'other' WHERE id = 8", 'chat_sessions');
    await inSource("chat_session_id = 'Other' WHERE id = 12");
    expect(await moved()).toEqual([true]);
    await inSource("chat_session_id = 'moved' WHERE id IN (1, 11)");
    const elsewhere = (row: string) => [row, 'is in another chat in the source'];
    expect(await moved()).toEqual([false, elsewhere('1'), elsewhere('11')]);
    expect(await importing.run('--verify', '--acknowledge')).toMatchObject({ verification: { acknowledged: 2 } });
    expect(await moved()).toEqual([true]);
    await inSource("chat_session_id = 'moved-again' WHERE id = 1");
    expect(await moved()).toEqual([false, elsewhere('1')]);
    await inSource("chat_session_id = 'chat-1' WHERE id = 1");
    expect(await moved()).toEqual([true]);
  });
});
