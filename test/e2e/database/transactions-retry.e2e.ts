import { QueryFailedError, type DataSource } from 'typeorm';
import {
  DatabaseBusyError,
  DatabaseUnavailableError,
  OutcomeUnknownError,
} from '../../../src/database/database.errors.js';
import type { SqlClient } from '../../../src/database/sql/sql-client.js';
import type { TransactionRunner } from '../../../src/database/transactions/transaction-runner.js';
import { SessionNotFoundError } from '../../../src/sessions/session.errors.js';
import { Rows, gate, sqlOf, unitOf } from '../../support/database/access.js';
import {
  driverFault,
  holdLock,
  killBeforeCommit,
  killConnection,
  loseAnswerOfCommit,
  restoreRunners,
} from '../../support/database/faults.js';
import { engine } from '../../support/database/test-database.js';
import { TestServer } from '../../support/http/server.js';
import { waitUntil } from '../../support/run/wait-until.js';

const attempts = 6;

describe('a transaction that the database rolls back', () => {
  let server: TestServer;
  let dataSource: DataSource;
  let transactions: TransactionRunner;
  let sql: SqlClient;
  let rows: Rows;

  beforeAll(async () => {
    server = await TestServer.start({ DATABASE_LOCK_WAIT_SECONDS: '1', REQUEST_DEADLINE_MS: '60000' });
    dataSource = server.dataSource;
    transactions = unitOf(server);
    sql = sqlOf(server);
    rows = new Rows(sql);
  });
  afterEach(restoreRunners);
  afterAll(() => server.stop());

  const transient = engine() === 'mariadb' ? [1213, 1205, 1020, 1047] : [5, 517];

  describe.each(transient)('with error %i', (number) => {
    const fault = driverFault(engine(), number);

    it.each([
      ['an error of the driver', fault],
      ["TypeORM's error", new QueryFailedError('SELECT 1', [], fault)],
    ])('is retried as a whole after %s', async (_name, error) => {
      const [first, second] = [rows.next(), rows.next()];
      let runs = 0;
      const answer = await transactions.run(async () => {
        await rows.add(first);
        runs++;
        if (runs < 3) throw error;
        await rows.add(second);
        return runs;
      });
      expect(answer).toBe(3);
      expect(await rows.stored(first, second)).toEqual([first, second]);
    });

    it('throws DatabaseBusyError after six attempts, and changes nothing', async () => {
      const id = rows.next();
      let runs = 0;
      const running = transactions.run(async () => {
        runs++;
        await rows.add(id);
        throw fault;
      });
      await expect(running).rejects.toBeInstanceOf(DatabaseBusyError);
      await expect(running).rejects.toMatchObject({ kind: 'unavailable', code: 'database_busy', cause: fault });
      expect(runs).toBe(attempts);
      expect(await rows.stored(id)).toEqual([]);
    });

    it('is retried as a whole if it is nested', async () => {
      const [outer, inner] = [rows.next(), rows.next()];
      let runs = 0;
      await transactions.run(async () => {
        runs++;
        await rows.add(outer);
        await transactions.run(async () => {
          await rows.add(inner);
          if (runs === 1) throw fault;
        });
      });
      expect(runs).toBe(2);
      expect(await rows.stored(outer, inner)).toEqual([outer, inner]);
    });
  });

  it.each<[string, () => Error]>([
    ['any other error', () => new Error('no')],
    ['a domain error', () => new SessionNotFoundError()],
    ['a duplicate', () => driverFault(engine(), engine() === 'mariadb' ? 1062 : 2067)],
    ['a negative number, which is not of the server', () => Object.assign(new Error('no'), { errno: -1213 })],
  ])('is not retried after %s', async (_name, make) => {
    const error = make();
    let runs = 0;
    const running = transactions.run(() => {
      runs++;
      return Promise.reject(error);
    });
    await expect(running).rejects.toBe(error);
    expect(runs).toBe(1);
  });

  it('throws OutcomeUnknownError if the answer of its commit is lost, and is not retried', async () => {
    const id = rows.next();
    let runs = 0;
    loseAnswerOfCommit(dataSource);
    const running = transactions.run(() => {
      runs++;
      return rows.add(id);
    });
    await expect(running).rejects.toBeInstanceOf(OutcomeUnknownError);
    expect(runs).toBe(1);
    expect(await rows.stored(id)).toEqual([id]);
  });

  if (engine() === 'mariadb') {
    it('throws OutcomeUnknownError if its connection is killed at its commit', async () => {
      const id = rows.next();
      let runs = 0;
      killBeforeCommit(dataSource);
      const running = transactions.run(() => {
        runs++;
        return rows.add(id);
      });
      await expect(running).rejects.toBeInstanceOf(OutcomeUnknownError);
      expect(runs).toBe(1);
      expect(await rows.stored(id)).toEqual([]);
    });

    it('throws DatabaseUnavailableError if its connection is killed before, and the next one works', async () => {
      const [lost, next] = [rows.next(), rows.next()];
      const running = transactions.run(async () => {
        await rows.add(lost);
        const runner = transactions.manager.queryRunner;
        if (!runner) throw new Error('a transaction without a runner');
        await killConnection(dataSource, runner);
        await rows.add(rows.next());
      });
      await expect(running).rejects.toBeInstanceOf(DatabaseUnavailableError);
      await transactions.run(() => rows.add(next));
      expect(await rows.stored(lost, next)).toEqual([next]);
    });

    it('is retried after a real deadlock', async () => {
      const [one, other] = [rows.next(), rows.next()];
      await sql.execute('INSERT INTO writeassistdev (id, cmid) VALUES (?, 0), (?, 0)', [one, other]);
      let runs = 0;
      const touch = (id: number) => sql.execute('UPDATE writeassistdev SET cmid = cmid + 1 WHERE id = ?', [id]);
      const crosswise = (first: number, second: number, mine: ReturnType<typeof gate>, yours: typeof mine) =>
        transactions.run(async () => {
          runs++;
          await touch(first);
          mine.open();
          await yours.opened;
          await touch(second);
        });
      const [left, right] = [gate(), gate()];
      await Promise.all([crosswise(one, other, left, right), crosswise(other, one, right, left)]);
      expect(runs).toBe(3);
      const found = await sql.query('SELECT cmid FROM writeassistdev WHERE id IN (?, ?)', [one, other]);
      expect(found).toEqual([{ cmid: 2 }, { cmid: 2 }]);
    });

    it('is retried as a whole after waiting too long for a lock, like a single statement', async () => {
      const [first, second, locked] = [rows.next(), rows.next(), rows.next()];
      await sql.execute('INSERT INTO writeassistdev (id, cmid) VALUES (?, 0)', [locked]);
      const lock = await holdLock(dataSource, `SELECT * FROM writeassistdev WHERE id = ${locked} FOR UPDATE`);
      const touch = () => sql.execute('UPDATE writeassistdev SET cmid = cmid + 1 WHERE id = ?', [locked]);
      let runs = 0;
      const running = transactions.run(async () => {
        runs++;
        // The server rolls back only the statement that waited: a retry of that one alone would violate this key.
        await rows.add(first);
        await touch();
        await rows.add(second);
      });
      const plain = touch();
      await waitUntil(() => runs >= 2).finally(lock.release);
      await Promise.all([running, plain]);
      expect(await rows.stored(first, second)).toEqual([first, second]);
      expect(await sql.queryOne('SELECT cmid FROM writeassistdev WHERE id = ?', [locked])).toEqual({ cmid: 2 });
    });

    it('gives 503 with Retry-After if a lock is held for too long, and stores no message', async () => {
      const client = await server.client();
      const session = await client.newSession();
      const { userId } = client.owner;
      const lock = await holdLock(
        dataSource,
        `SELECT * FROM writeassistdev_chat_sessions WHERE userid = ${userId} FOR UPDATE`,
      );
      const answer = await client.save(session, { content: 'waits' }).finally(lock.release);
      expect(answer).toMatchObject({ status: 503, body: { code: 'database_busy' } });
      expect(answer.headers.get('retry-after')).toBe('1');
      expect((await client.save(session, { content: 'comes' })).body.sequence).toBe(1);
    });
  }
});
