import { readdirSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';
import type { DataSource } from 'typeorm';
import { DatabaseUnavailableError } from '../../../src/database/database.errors.js';
import { migrate } from '../../../src/database/migrations/migrator.js';
import { expectStatus } from '../../support/rest/client.js';
import { connect, gate, numbers, sqlOf, unitOf } from '../../support/database/access.js';
import { holdLock, type HeldLock } from '../../support/database/faults.js';
import { createDatabase, engine, type TestDatabase } from '../../support/database/test-database.js';
import { TestServer } from '../../support/http/server.js';
import { waitUntil } from '../../support/run/wait-until.js';

if (engine() === 'mariadb') {
  describe('every connection to MariaDB', () => {
    let server: TestServer;

    beforeAll(async () => {
      server = await TestServer.start({
        DATABASE_POOL_SIZE: '3',
        DATABASE_LOCK_WAIT_SECONDS: '4',
        DATABASE_STATEMENT_SECONDS: '1',
      });
    });
    afterAll(() => server.stop());

    const wanted = {
      sqlMode: 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',
      timeZone: '+00:00',
      isolation: 'READ-COMMITTED',
      lockWait: 4,
      statementTime: 1,
      client: 'utf8mb4',
      connection: 'utf8mb4',
      results: 'utf8mb4',
    };
    const question = `SELECT @@sql_mode AS sqlMode, @@time_zone AS timeZone, @@tx_isolation AS isolation,
      @@innodb_lock_wait_timeout AS lockWait, @@max_statement_time AS statementTime,
      @@character_set_client AS client, @@character_set_connection AS connection, @@character_set_results AS results`;

    it('has our settings in the pool', async () => {
      const answers = await Promise.all(numbers(12).map(() => server.dataSource.query<unknown[]>(question)));
      for (const answer of answers) expect(answer).toEqual([wanted]);
    });

    it('has our settings for single statements', async () => {
      for (const row of await Promise.all(numbers(12).map(() => sqlOf(server).queryOne(question, [])))) {
        expect(row).toEqual(wanted);
      }
    });

    it('has our settings in transactions on all connections of the pool', async () => {
      const all = gate();
      let inside = 0;
      const rows = await Promise.all(
        numbers(3).map(() =>
          unitOf(server)
            .run(async () => {
              if (++inside === 3) all.open();
              await all.opened;
              return sqlOf(server).queryOne(question, []);
            })
            .finally(all.open),
        ),
      );
      expect(rows).toEqual([wanted, wanted, wanted]);
    });

    it('rejects values that do not fit instead of changing them', async () => {
      const sql = sqlOf(server);
      const rejected = (reason: RegExp) => ({
        code: 'validation_failed',
        cause: { message: expect.stringMatching(reason) as string },
      });
      await expect(sql.execute('INSERT INTO user (id) VALUES (?)', [4_294_967_296])).rejects.toMatchObject(
        rejected(/out of range/i),
      );
      await expect(sql.execute('INSERT INTO user (id) VALUES (?)', [-1])).rejects.toMatchObject(
        rejected(/out of range/i),
      );
      await expect(sql.execute('INSERT INTO user (id) VALUES (?)', ['x'])).rejects.toMatchObject(
        rejected(/incorrect integer/i),
      );
    });

    it.each<[string, (work: () => Promise<unknown>) => Promise<unknown>]>([
      ['outside of a transaction', (work) => work()],
      ['in a transaction', (work) => unitOf(server).run(work)],
    ])('stops a statement %s that runs too long with DatabaseUnavailableError', async (_name, run) => {
      const started = Date.now();
      const slow = run(() => sqlOf(server).query('SELECT SLEEP(50)', []));
      await expect(slow).rejects.toBeInstanceOf(DatabaseUnavailableError);
      // Sooner than the deadline of requests.
      expect(Date.now() - started).toBeLessThan(9000);
    });

    it('answers 503 to a request whose statement takes too long, and serves the next one', async () => {
      const client = await server.client();
      // Without a lock, too, a statement takes a second while this machine stands still.
      const untilDone = async <Answer extends { status: number }>(ask: () => Promise<Answer>): Promise<Answer> => {
        let answer = await ask();
        await waitUntil(async () => answer.status === 201 || (answer = await ask()).status === 201);
        return answer;
      };
      const session = (await untilDone(() => client.createSession())).body.id;
      const { userId } = client.owner;
      const lock = await holdLock(
        server.dataSource,
        `SELECT * FROM writeassistdev_chat_sessions WHERE userid = ${userId} FOR UPDATE`,
      );
      const answer = await client.save(session, { content: 'x' }).finally(lock.release);
      expect(answer).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
      expect(answer.headers.get('retry-after')).toBe('1');
      expect((await untilDone(() => client.save(session, { content: 'x' }))).body.sequence).toBe(1);
    });
  });

  describe('the queue for connections to MariaDB', () => {
    let server: TestServer;
    let lock: HeldLock | undefined;

    beforeEach(async () => {
      server = await TestServer.start({ DATABASE_POOL_SIZE: '2', DATABASE_QUEUE_LIMIT: '3' });
    });
    afterEach(async () => {
      await lock?.release();
      await server.stop();
    });

    it('is bounded: requests beyond the limit get 503, and later ones are served', async () => {
      const clients = await Promise.all(numbers(30).map(() => server.client()));
      const answers = await Promise.all(clients.map((client) => client.sessions()));
      lock = await holdLock(server.dataSource, 'SELECT * FROM writeassistdev_chat_owners FOR UPDATE');
      const [first] = clients;
      if (!first) throw new Error('no client');
      expectStatus(await first.createSession(), 201);
      await lock.release();
      lock = undefined;
      for (const { status } of answers) expect([200, 503]).toContain(status);
      for (const client of clients.slice(0, 3)) expectStatus(await client.createSession(), 201);
    });
  });
} else {
  describe('the connection to SQLite', () => {
    let server: TestServer;
    let file: string;

    beforeAll(async () => {
      server = await TestServer.start();
      file = String(server.dataSource.options.database);
    });
    afterAll(() => server.stop());

    it.each([
      ['foreign_keys', 1],
      ['journal_mode', 'wal'],
      // 2 is FULL: committed data survives a power cut.
      ['synchronous', 2],
      ['locking_mode', 'exclusive'],
    ])('has %s = %s, in and outside of a transaction', async (pragma, value) => {
      const read = () => sqlOf(server).queryOne(`PRAGMA ${pragma}`, []);
      expect(await read()).toEqual({ [pragma]: value });
      expect(await unitOf(server).run(read)).toEqual({ [pragma]: value });
    });

    it.each(['SELECT COUNT(*) FROM user', 'INSERT INTO user (id) VALUES (1)', 'BEGIN IMMEDIATE'])(
      'locks the file for other connections: %s',
      (statement) => {
        const other = new DatabaseSync(file, { timeout: 20 });
        try {
          expect(() => {
            other.prepare(statement).all();
          }).toThrow(/locked/);
        } finally {
          other.close();
        }
      },
    );

    it('enforces foreign keys', async () => {
      await expect(
        sqlOf(server).execute('INSERT INTO writeassistdev_chat_owners (writeassistdevid, userid) VALUES (1, 99)', []),
      ).rejects.toThrow(/foreign key/i);
    });
  });

  describe('a closed SQLite database', () => {
    let database: TestDatabase;
    const opened: DataSource[] = [];

    beforeEach(async () => {
      database = await createDatabase();
    });
    afterEach(async () => {
      for (const dataSource of opened.splice(0)) if (dataSource.isInitialized) await dataSource.destroy();
      await database.drop();
    });

    async function open(): Promise<DataSource> {
      const dataSource = await connect(database);
      opened.push(dataSource);
      return dataSource;
    }

    it('is one file with all data, and can be opened again', async () => {
      const first = await open();
      await migrate(first);
      await first.query('INSERT INTO user (id) VALUES (1)');
      await first.destroy();
      expect(readdirSync(String(database.environment.DATA_DIR))).toEqual(['chat-store.sqlite']);
      expect(await (await open()).query('SELECT id FROM user')).toEqual([{ id: 1 }]);
    });
  });
}
