import { TestImport } from '../../support/database/imports.js';
import { numbers } from '../../support/database/access.js';
import { TcpProxy } from '../../support/database/tcp-proxy.js';
import { engine } from '../../support/database/test-database.js';
import { MoodleDatabase, autumn } from '../../support/moodle/moodle-database.js';

const messages = 1200;

describe('a connection that is lost during an import', () => {
  let moodle: MoodleDatabase;
  let importing: TestImport;
  const proxies: TcpProxy[] = [];

  beforeEach(async () => {
    moodle = await MoodleDatabase.create();
    importing = await TestImport.into(moodle);
    await moodle.createChat();
    await moodle.addMessages(
      numbers(messages).map((index) => {
        return { userId: 2 + (index % 40), content: `message ${index}`, createdAt: autumn + index };
      }),
    );
  });
  afterEach(async () => {
    for (const proxy of proxies.splice(0)) proxy.stop();
    await importing.drop();
    await moodle.drop();
  });

  async function proxy(url: string, onClientData?: (data: Buffer, proxy: TcpProxy) => void): Promise<TcpProxy> {
    const started = await TcpProxy.start(url, onClientData);
    proxies.push(started);
    return started;
  }

  async function expectAllOnce(): Promise<void> {
    expect(await importing.rows('SELECT COUNT(*) AS count FROM writeassistdev_chat')).toEqual([{ count: messages }]);
    expect(await importing.run('--verify')).toMatchObject({ isClean: true, verification: { messages, different: 0 } });
  }

  it('is restored, to the source', async () => {
    let statements = 0;
    const source = await proxy(moodle.url, () => {
      statements++;
    });
    const through = TestImport.of(importing.database, moodle, source.url);
    await through.run('--dry-run');
    const all = statements;
    expect(through.lost).toEqual([]);
    // At several points of the run, each of which is in another statement.
    const points = [0.4, 0.6, 0.8, 0.95].map((part) => Math.floor(all * part));
    const cutting = await proxy(moodle.url, (_, self) => {
      statements++;
      if (points.includes(statements)) self.cut();
    });
    statements = 0;
    const cut = TestImport.of(importing.database, moodle, cutting.url);
    expect(await cut.run()).toMatchObject({ isClean: true, failure: null, imbalances: [] });
    expect(cut.lost.length).toBeGreaterThanOrEqual(3);
    for (const line of cut.lost) expect(line).toContain(`the connection to the source (${cutting.address}) failed (`);
    await expectAllOnce();
  });

  it('and stays so ends it with a line that names the source, and the next run continues', async () => {
    let selects = 0;
    const source = await proxy(moodle.url, (data, self) => {
      if (data.includes('chat_session_id')) selects++;
      if (selects === 20) self.stop();
    });
    const through = TestImport.of(importing.database, moodle, source.url);
    const report = await through.run();
    expect(report.isClean).toBe(false);
    expect(report.failure).toMatch(
      new RegExp(
        `^the connection to the source \\(${source.address}\\) failed \\(.+\\), also in 3 further attempts: run it again`,
      ),
    );
    expect(through.lost).toHaveLength(3);
    expect(await importing.run()).toMatchObject({ isClean: true });
    await expectAllOnce();
  });

  if (engine() === 'mariadb') {
    const throughTarget = (target: TcpProxy) =>
      TestImport.of(
        {
          environment: { ...importing.database.environment, DATABASE_URL: target.url },
          drop: () => importing.database.drop(),
        },
        moodle,
      );

    it.each([
      ['when a transaction begins', '\x03START TRANSACTION'],
      ['after the COMMIT was sent, whose outcome is unknown then', '\x03COMMIT'],
      ['while the messages are inserted', 'INSERT INTO writeassistdev_chat '],
    ])('is restored, to the target, %s', async (_, word) => {
      await importing.look(() => Promise.resolve());
      let isImporting = false;
      let cuts = 0;
      const target = await proxy(importing.database.environment.DATABASE_URL ?? '', (data, self) => {
        isImporting ||= data.includes('GET_LOCK');
        if (!isImporting || !data.includes(word) || cuts >= 3) return;
        cuts++;
        // The server executes what was sent; its answer is lost.
        self.cut();
      });
      const cut = throughTarget(target);
      expect(await cut.run()).toMatchObject({ isClean: true, failure: null, imbalances: [] });
      expect(cuts).toBe(3);
      expect(cut.lost.length).toBeGreaterThanOrEqual(1);
      for (const line of cut.lost) expect(line).toContain(`the connection to the target (${target.address}) failed (`);
      await expectAllOnce();
    });

    it('and stays so ends it with a line that names the target', async () => {
      let commits = 0;
      const target = await proxy(importing.database.environment.DATABASE_URL ?? '', (data, self) => {
        if (data.includes('INSERT INTO writeassistdev_chat_imports')) commits++;
        if (commits === 2) self.stop();
      });
      const report = await throughTarget(target).run();
      expect(report.failure).toMatch(new RegExp(`^the connection to the target \\(${target.address}\\) failed \\(`));
      expect(await importing.run()).toMatchObject({ isClean: true });
      await expectAllOnce();
    });
  }
});
