import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { StartupError } from '../../../src/common/startup-error.js';
import { migrate, pendingMigrations, revert } from '../../../src/database/migrations/migrator.js';
import { expectStatus } from '../../support/rest/client.js';
import { connect, numbers } from '../../support/database/access.js';
import { migrationNames as all, recordedMigrations as recorded } from '../../support/database/migrations.js';
import { holdLock } from '../../support/database/faults.js';
import { killWhileMigrating, migrateInProcess, stopAfter } from '../../support/database/processes.js';
import { schemaText, tableNames } from '../../support/database/schema.js';
import { createDatabase, engine, type TestDatabase } from '../../support/database/test-database.js';
import { TestServer } from '../../support/http/server.js';
import { full, isFull } from '../../support/run/full.js';
import { waitUntil } from '../../support/run/wait-until.js';

const newest = all.at(-1) ?? '';
/** The number of statements between two points at which migrating is stopped. */
const step = isFull ? 1 : 9;

describe('migrations', () => {
  let database: TestDatabase;
  const opened: DataSource[] = [];
  let wholeSchema: string;
  let tables: number;
  beforeAll(async () => {
    database = await createDatabase();
    const dataSource = await connect(database);
    await migrate(dataSource);
    wholeSchema = await schemaText(dataSource);
    tables = (await tableNames(dataSource)).length;
    await dataSource.destroy();
    await database.drop();
  });
  beforeEach(async () => {
    database = await createDatabase();
  });
  afterEach(async () => {
    for (const dataSource of opened.splice(0)) if (dataSource.isInitialized) await dataSource.destroy();
    await database.drop();
  });

  async function open(more?: Record<string, string>, of = database): Promise<DataSource> {
    const dataSource = await connect(of, more);
    opened.push(dataSource);
    return dataSource;
  }

  it('are pending, then run, and do nothing the second time', async () => {
    const dataSource = await open();
    expect(await pendingMigrations(dataSource)).toEqual(all);
    expect(await migrate(dataSource)).toEqual(all);
    expect(await pendingMigrations(dataSource)).toEqual([]);
    expect(await migrate(dataSource)).toEqual([]);
    expect(await recorded(dataSource)).toEqual(all);
    expect(await schemaText(dataSource)).toBe(wholeSchema);
  });

  it('can all be reverted, and give the same schema again', async () => {
    const dataSource = await open();
    await migrate(dataSource);
    await dataSource.query('INSERT INTO user (id) VALUES (1)');
    for (let kept = all.length - 1; kept >= 0; kept--) {
      expect(await dataSource.query('SELECT id FROM user')).toEqual([{ id: 1 }]);
      expect(await revert(dataSource)).toBe(true);
      expect(await pendingMigrations(dataSource)).toEqual(all.slice(kept));
    }
    const left = await tableNames(dataSource);
    expect(left.filter((name) => !/_chat_(migration(s|_lock)|compatibility)$/.test(name))).toEqual([]);
    expect(await pendingMigrations(dataSource)).toEqual(all);
    expect(await recorded(dataSource)).toEqual([]);
    expect(await revert(dataSource)).toBe(false);
    expect(await migrate(dataSource)).toEqual(all);
    expect(await schemaText(dataSource)).toBe(wholeSchema);
    expect(await recorded(dataSource)).toEqual(all);
  });

  it('leave the settings of connections unchanged', async () => {
    const dataSource = await open({ DATABASE_POOL_SIZE: '2', DATABASE_LOCK_WAIT_SECONDS: '7' });
    await migrate(dataSource);
    const runners = [dataSource.createQueryRunner(), dataSource.createQueryRunner()];
    for (const runner of runners) {
      const settings = (await runner.query(
        engine() === 'mariadb'
          ? 'SELECT @@innodb_lock_wait_timeout AS value, @@max_statement_time AS statement'
          : 'PRAGMA foreign_keys',
      )) as unknown[];
      expect(settings).toEqual([engine() === 'mariadb' ? { value: 7, statement: 30 } : { foreign_keys: 1 }]);
    }
    for (const runner of runners) await runner.release();
  });

  it('work with the smallest pool, like the server', async () => {
    const server = await TestServer.start({ DATABASE_POOL_SIZE: '2' });
    try {
      const client = await server.client();
      const session = await client.newSession();
      const saved = await Promise.all(numbers(20).map((index) => client.save(session, { content: String(index) })));
      expect(saved.map(({ status }) => status)).toEqual(numbers(20).map(() => 201));
      expect(expectStatus(await client.session(session), 200).messageCount).toBe(20);
    } finally {
      await server.stop();
    }
  });

  it('that were stopped after any of their statements are finished by the next run', async () => {
    let stopped = true;
    let statements = 1 - step;
    while (stopped) {
      statements += step;
      const fresh = await createDatabase();
      try {
        const interrupted = await open({}, fresh);
        const wasStopped = stopAfter(interrupted, statements);
        await migrate(interrupted).catch((error: unknown) => error);
        stopped = wasStopped();
        await interrupted.destroy();
        const next = await open({}, fresh);
        await migrate(next);
        expect([statements, await schemaText(next)]).toEqual([statements, wholeSchema]);
        expect(await recorded(next)).toEqual(all);
        await next.destroy();
      } finally {
        await fresh.drop();
      }
    }
    // Each table is a statement, and each migration is one more at least: its record.
    expect(statements).toBeGreaterThan(tables + all.length);
  }, 90_000);

  it.each(full([0, 0.5, 1], [1]))(
    'of a process killed after a share of %d of the tables are finished by the next',
    async (share) => {
      expect(await killWhileMigrating(database, Math.max(1, Math.ceil(share * tables)))).toBe('stopped SIGKILL');
      const { output, ...ending } = await migrateInProcess(database);
      expect(ending).toEqual({ code: 0, errors: '' });
      // Migrations that were finished before the kill are not run again.
      expect(all.join(', ')).toContain(output.trim().replace(/^Done: /, ''));
      expect(output).toContain(newest);
      const dataSource = await open();
      expect(await schemaText(dataSource)).toBe(wholeSchema);
      expect(await recorded(dataSource)).toEqual(all);
    },
  );

  if (engine() === 'mariadb') {
    describe('at once', () => {
      it('in two servers are run by one, and both continue', async () => {
        const both = [await open({ DATABASE_POOL_SIZE: '2' }), await open({ DATABASE_POOL_SIZE: '2' })];
        const ran = await Promise.all(both.map((dataSource) => migrate(dataSource)));
        expect(ran.flat()).toEqual(all);
        for (const dataSource of both) expect(await recorded(dataSource)).toEqual(all);
        expect(await schemaText(await open())).toBe(wholeSchema);
      });

      it('in six servers are run by one, and all continue', async () => {
        const six = await Promise.all(numbers(6).map(() => open()));
        const ran = await Promise.all(six.map((dataSource) => migrate(dataSource)));
        expect(ran.flat()).toEqual(all);
        expect(await recorded(await open())).toEqual(all);
      });

      it('in two processes are run by one, and both succeed', async () => {
        const both = await Promise.all([migrateInProcess(database), migrateInProcess(database)]);
        expect(both.map(({ code, errors }) => ({ code, errors }))).toEqual([
          { code: 0, errors: '' },
          { code: 0, errors: '' },
        ]);
        const dataSource = await open();
        expect(await recorded(dataSource)).toEqual(all);
        expect(await schemaText(dataSource)).toBe(wholeSchema);
      });

      it('wait for a process that is migrating longer than for other locks, and report it once', async () => {
        const dataSource = await open({ DATABASE_LOCK_WAIT_SECONDS: '1' });
        await migrate(dataSource);
        const lock = 'SELECT id FROM writeassistdev_chat_migration_lock WHERE id = 1 FOR UPDATE';
        const held = await holdLock(dataSource, lock);
        let reports = 0;
        let finished = false;
        const waiting = migrate(dataSource, () => reports++).then(() => (finished = true));
        await waitUntil(() => reports > 0);
        // Longer than the pause and another one of the server's shortest waits for a lock, of one second each.
        await sleep(1600);
        const whileWaiting = [reports, finished];
        await held.release();
        await waiting;
        expect(whileWaiting).toEqual([1, false]);
        expect([reports, finished]).toEqual([1, true]);
      });
    });
  }

  describe('reject a database of another program', () => {
    const foreign = ['user', 'writeassistdev', 'writeassistdev_chat', 'writeassistdev_chat_sessions'];

    async function refusal(dataSource: DataSource): Promise<StartupError> {
      const error: unknown = await migrate(dataSource).catch((reason: unknown) => reason);
      if (!(error instanceof StartupError)) throw new Error(`not rejected, but: ${String(error)}`);
      return error;
    }

    it.each(foreign)('that has a table %s, which is named, and change nothing', async (table) => {
      const dataSource = await open();
      await dataSource.query(`CREATE TABLE ${table} (id INTEGER PRIMARY KEY, name VARCHAR(20))`);
      await dataSource.query(`INSERT INTO ${table} VALUES (1, 'theirs')`);
      const { lines, exitCode } = await refusal(dataSource);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(`this service did not make: ${table}.`);
      expect(exitCode).toBe(78);
      expect(await tableNames(dataSource)).toEqual([table]);
      expect(await dataSource.query(`SELECT * FROM ${table}`)).toEqual([{ id: 1, name: 'theirs' }]);
    });

    it('that has several such tables, which are all named', async () => {
      const dataSource = await open();
      for (const table of foreign) await dataSource.query(`CREATE TABLE ${table} (id INTEGER PRIMARY KEY)`);
      expect((await refusal(dataSource)).message).toContain(foreign.join(', '));
    });

    it('each time', async () => {
      const dataSource = await open();
      await dataSource.query('CREATE TABLE user (id INTEGER PRIMARY KEY)');
      await refusal(dataSource);
      await refusal(dataSource);
      expect(await pendingMigrations(dataSource)).toEqual(all);
    });

    it('with one line when they run in a process', async () => {
      await (await open()).query('CREATE TABLE user (id INTEGER PRIMARY KEY)');
      await opened.pop()?.destroy();
      const { code, errors } = await migrateInProcess(database);
      expect(code).toBe(78);
      expect(errors).toMatch(
        /^error: The database already has tables that this service did not make: user\. [^\n]+\n$/,
      );
    });
  });

  describe('with unrelated tables in the database', () => {
    it.each([
      ['a table', ['mdl_user'], 'CREATE TABLE mdl_user (id INTEGER PRIMARY KEY)'],
      ['a view', ['mdl_view'], 'CREATE VIEW mdl_view AS SELECT 1 AS one'],
    ])('are rejected for %s, which is named, and change nothing', async (_name, tables, create) => {
      const dataSource = await open();
      await dataSource.query(create);
      const error: unknown = await migrate(dataSource).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(StartupError);
      expect(error).toMatchObject({
        exitCode: 78,
        lines: [expect.stringMatching(new RegExp(`did not make: ${tables.join(', ')}\\. .*DATABASE_SHARED=true`))],
      });
      const left = await tableNames(dataSource);
      expect(left.filter((name) => !tables.includes(name))).toEqual([]);
      expect(await pendingMigrations(dataSource)).toEqual(all);
    });

    it('are run with DATABASE_SHARED=true, and later in any case', async () => {
      const dataSource = await open();
      await dataSource.query('CREATE TABLE theirs (id INTEGER PRIMARY KEY)');
      expect(await migrate(dataSource, undefined, { shared: true })).toEqual(all);
      expect(await tableNames(dataSource)).toContain('theirs');
      expect(await migrate(dataSource)).toEqual([]);
    });
  });

  describe('of a newer version', () => {
    /** Creates the database of a newer version: with one more migration and its record. */
    async function newer(oldestProgram?: string): Promise<DataSource> {
      const dataSource = await open();
      await migrate(dataSource);
      await dataSource.query(
        "INSERT INTO writeassistdev_chat_migrations (timestamp, name) VALUES (1999999999999, 'Later1999999999999')",
      );
      if (oldestProgram !== undefined) {
        await dataSource.query(
          `INSERT INTO writeassistdev_chat_compatibility VALUES ('Later1999999999999', '${oldestProgram}')`,
        );
      }
      return dataSource;
    }

    it.each<[string, string | undefined]>([
      ['that require a newer version', 'Later1999999999999'],
      ['that have recorded nothing', undefined],
    ])('%s are rejected', async (_name, oldest) => {
      const dataSource = await newer(oldest);
      const error: unknown = await migrate(dataSource).catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        exitCode: 78,
        lines: [expect.stringMatching(/^This program is older than its database.*Later1999999999999/)],
      });
    });

    it('that allow this version are accepted, and only the newer version can revert them', async () => {
      const dataSource = await newer(newest);
      expect(await migrate(dataSource)).toEqual([]);
      await expect(revert(dataSource)).rejects.toMatchObject({ exitCode: 78 });
    });
  });
});
