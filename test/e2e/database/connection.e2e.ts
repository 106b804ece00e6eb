import { readdirSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';
import { DatabaseUnavailableError } from '../../../src/database/database.errors.js';
import { migrate } from '../../../src/database/migrations/migrator.js';
import { expectStatus } from '../../support/rest/client.js';
import { connect, gate, numbers, sqlOf, unitOf } from '../../support/database/access.js';
import { holdLock } from '../../support/database/faults.js';
import { createDatabase, engine } from '../../support/database/test-database.js';
import { TestServer } from '../../support/http/server.js';

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

    it('has our settings for statements by hand', async () => {
      for (const row of await Promise.all(numbers(12).map(() => sqlOf(server).queryOne(question, [])))) {
        expect(row).toEqual(wanted);
      }
    });

    it('has our settings in transactions, also on those that the pool makes last', async () => {
      const all = gate();
      let inside = 0;
      const rows = await Promise.all(
        numbers(3).map(() =>
          unitOf(server).run(async () => {
            if (++inside === 3) all.open();
            await all.opened;
            return sqlOf(server).queryOne(question, []);
          }),
        ),
      );
      expect(rows).toEqual([wanted, wanted, wanted]);
    });

    it('cuts no text and clamps no number', async () => {
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
      ['by hand', (work) => work()],
      ['in a transaction', (work) => unitOf(server).run(work)],
    ])('a statement %s that runs too long is stopped, and the database is unavailable', async (_name, run) => {
      const started = Date.now();
      const slow = run(() => sqlOf(server).query('SELECT SLEEP(5)', []));
      await expect(slow).rejects.toBeInstanceOf(DatabaseUnavailableError);
      expect(Date.now() - started).toBeLessThan(3000);
    });

    it('a request whose statement takes too long is answered 503, and the next one is served', async () => {
      const client = await server.client();
      const session = await client.newSession();
      const { userId } = client.owner;
      const lock = await holdLock(
        server.dataSource,
        `SELECT * FROM writeassistdev_chat_sessions WHERE userid = ${userId} FOR UPDATE`,
      );
      const answer = await client.save(session, { content: 'x' });
      await lock.release();
      expect(answer).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(expectStatus(await client.save(session, { content: 'x' }), 201).sequence).toBe(1);
    });
  });

  describe('the queue for connections to MariaDB', () => {
    it('is bounded: who comes when it is full is answered 503, and afterwards all is well', async () => {
      const server = await TestServer.start({ DATABASE_POOL_SIZE: '2', DATABASE_QUEUE_LIMIT: '3' });
      const clients = await Promise.all(numbers(30).map(() => server.client()));
      const answers = await Promise.all(clients.map((client) => client.sessions()));
      const lock = await holdLock(server.dataSource, 'SELECT * FROM writeassistdev_chat_owners FOR UPDATE');
      const [first] = clients;
      if (!first) throw new Error('no client');
      expectStatus(await first.createSession(), 201);
      await lock.release();
      for (const { status } of answers) expect([200, 503]).toContain(status);
      for (const client of clients.slice(0, 3)) expectStatus(await client.createSession(), 201);
      await server.stop();
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
      // 2 is FULL: what is committed survives a power cut.
      ['synchronous', 2],
      ['locking_mode', 'exclusive'],
    ])('has %s = %s, in the open and in a transaction', async (pragma, value) => {
      const read = () => sqlOf(server).queryOne(`PRAGMA ${pragma}`, []);
      expect(await read()).toEqual({ [pragma]: value });
      expect(await unitOf(server).run(read)).toEqual({ [pragma]: value });
    });

    it.each(['SELECT COUNT(*) FROM user', 'INSERT INTO user (id) VALUES (1)', 'BEGIN IMMEDIATE'])(
      'keeps every other connection from the file: %s',
      (statement) => {
        const other = new DatabaseSync(file, { timeout: 20 });
        expect(() => {
          other.prepare(statement).all();
        }).toThrow(/locked/);
        other.close();
      },
    );

    it('refuses what the schema refuses', async () => {
      await expect(
        sqlOf(server).execute('INSERT INTO writeassistdev_chat_owners (writeassistdevid, userid) VALUES (1, 99)', []),
      ).rejects.toThrow(/foreign key/i);
    });
  });

  describe('a closed SQLite database', () => {
    it('is one file that holds everything, and can be opened again', async () => {
      const database = await createDatabase();
      const first = await connect(database);
      await migrate(first);
      await first.query('INSERT INTO user (id) VALUES (1)');
      await first.destroy();
      expect(readdirSync(String(database.environment.DATA_DIR))).toEqual(['chat-store.sqlite']);
      const second = await connect(database);
      expect(await second.query('SELECT id FROM user')).toEqual([{ id: 1 }]);
      await second.destroy();
      await database.drop();
    });
  });
}
