import { TestImport } from '../../support/database/imports.js';
import { MoodleDatabase, autumn } from '../../support/moodle/moodle-database.js';

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
const entry = (content: string, seconds?: number) => {
  return { role: 'user', content, ...(seconds !== undefined && { timestamp: iso(seconds) }) };
};

describe('projects that change between imports', () => {
  let moodle: MoodleDatabase;
  let importing: TestImport;

  beforeEach(async () => {
    moodle = await MoodleDatabase.create();
    importing = await TestImport.into(moodle);
    await moodle.createChat();
    await moodle.createWork();
  });
  afterEach(async () => {
    await importing.drop();
    await moodle.drop();
  });

  async function project(id: number, ...chatHistory: object[]): Promise<void> {
    await moodle.addWork({ chatHistory }, { id });
  }

  /** The imported contents, in the order of import. */
  async function contents(): Promise<string[]> {
    const rows = await importing.rows<{ content: string }>('SELECT content FROM writeassistdev_chat ORDER BY id');
    return rows.map(({ content }) => content);
  }

  async function expectSame(...options: string[]): Promise<void> {
    expect(await importing.run('--verify', ...options)).toMatchObject({ isClean: true, rows: [] });
  }

  it('an entry is imported if its duplicate row is older than --since', async () => {
    await moodle.addMessages([{ content: 'twin' }]);
    await project(1, entry('twin', autumn + 60));
    const since = ['--since', iso(autumn + 30)];
    await importing.run(...since);
    expect(await contents()).toEqual(['twin']);
    await expectSame(...since);
    // Without the option the row is wanted, too.
    expect(await importing.run('--verify')).toMatchObject({ isClean: false, rows: [{ row: '1' }] });
  });

  it('an entry is skipped if its duplicate row was imported before, also with --since', async () => {
    await moodle.addMessages([{ content: 'twin' }]);
    await importing.run();
    await project(1, entry('twin', autumn + 60));
    expect((await importing.run('--since', iso(autumn + 30))).tables.writeassistdev_work).toMatchObject({ skipped: 1 });
    expect(await contents()).toEqual(['twin']);
  });

  it('a later row is the duplicate of the entry that was saved with it', async () => {
    await project(1, entry('ok', autumn));
    await importing.run();
    await moodle.addMessages([{ content: 'ok', createdAt: autumn + 60 }]);
    await project(1, entry('ok', autumn), entry('ok', autumn + 60));
    await importing.run();
    await importing.run();
    expect(await contents()).toEqual(['ok', 'ok']);
    await expectSame();
  });

  it('the nearest of equal entries is the duplicate', async () => {
    await moodle.addMessages([{ content: 'ok', createdAt: autumn + 60 }]);
    await project(1, entry('ok', autumn), entry('ok', autumn + 60));
    const { rows } = await importing.run();
    expect(rows.map(({ row }) => row)).toEqual(['1, entry 2']);
  });

  it('a project that was deleted and saved again adds nothing twice', async () => {
    await project(1, entry('a', autumn), entry('b'));
    await importing.run();
    await project(2, entry('a', autumn), entry('b'), entry('c'));
    expect((await importing.run()).tables.writeassistdev_work).toMatchObject({ imported: 1, alreadyThere: 2 });
    expect(await contents()).toEqual(['a', 'b', 'c']);
    await expectSame();
  });

  it('entries that get a time later are not imported again', async () => {
    await project(1, entry('a'), entry('ok'), entry('b'), entry('ok'));
    await importing.run();
    await project(1, entry('a', autumn), entry('ok', autumn + 1), entry('b'), entry('ok'), entry('ok', autumn + 2));
    await importing.run();
    expect(await contents()).toEqual(['a', 'ok', 'b', 'ok', 'ok']);
    await expectSame();
  });

  it('a new entry is not mistaken for an equal one that was removed at the front', async () => {
    await project(1, entry('ok'), entry('b'), entry('c'));
    await importing.run();
    await project(1, entry('b'), entry('c'), entry('ok', autumn));
    await importing.run();
    expect(await contents()).toEqual(['ok', 'b', 'c', 'ok']);
  });

  it('an entry without a time may get the time of another entry later', async () => {
    await project(1, entry('a', autumn), entry('b'), entry('c', autumn + 60));
    await importing.run();
    await project(1, entry('b'), entry('c', autumn + 60));
    await importing.run();
    const { isClean, rows } = await importing.run('--verify');
    expect([isClean, rows.map(({ reason }) => reason)]).toEqual([
      false,
      ['no longer exists in the source (message 1 of earlier-chat-1, user 2, activity 1)'],
    ]);
  });
});
