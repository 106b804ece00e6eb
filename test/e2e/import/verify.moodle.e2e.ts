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
});
