import { setTimeout as sleep } from 'node:timers/promises';
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
} from '../../support/database/faults.js';
import { engine } from '../../support/database/test-database.js';
import { TestServer } from '../../support/http/server.js';

const attempts = 6;

describe('a transaction that the database undoes', () => {
  let server: TestServer;
  let dataSource: DataSource;
  let transactions: TransactionRunner;
  let sql: SqlClient;
  let rows: Rows;

  beforeAll(async () => {
    server = await TestServer.start({ DATABASE_LOCK_WAIT_SECONDS: '1' });
    dataSource = server.dataSource;
    transactions = unitOf(server);
    sql = sqlOf(server);
    rows = new Rows(sql);
  });
  afterAll(() => server.stop());

  const undone = engine() === 'mariadb' ? [1213, 1205, 1020, 1047] : [5, 517];

  describe.each(undone)('by error %i', (number) => {
    const fault = driverFault(engine(), number);

    it.each([
      ['as the driver gives it', fault],
      ["in TypeORM's wrapping", new QueryFailedError('SELECT 1', [], fault)],
    ])('runs again as a whole, %s', async (_name, error) => {
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

    it('is busy after six attempts, and nothing is changed', async () => {
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

    it('runs again as a whole when it is nested', async () => {
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
    ['a negative number, which is none of the server', () => Object.assign(new Error('no'), { errno: -1213 })],
  ])('does not run again for %s', async (_name, make) => {
    const error = make();
    let runs = 0;
    const running = transactions.run(() => {
      runs++;
      return Promise.reject(error);
    });
    await expect(running).rejects.toBe(error);
    expect(runs).toBe(1);
  });

  it('says that the outcome is unknown when the answer of its commit is lost, and does not run again', async () => {
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
    it('says that the outcome is unknown when its connection is killed at its commit', async () => {
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

    it('is undone and unavailable when its connection is killed on the way, and the next one works', async () => {
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

    it('runs again after a real deadlock', async () => {
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

    it('runs again as a whole after waiting too long for a lock, in a transaction and outside of any', async () => {
      const [first, second, locked] = [rows.next(), rows.next(), rows.next()];
      await sql.execute('INSERT INTO writeassistdev (id, cmid) VALUES (?, 0)', [locked]);
      const lock = await holdLock(dataSource, `SELECT * FROM writeassistdev WHERE id = ${locked} FOR UPDATE`);
      const touch = () => sql.execute('UPDATE writeassistdev SET cmid = cmid + 1 WHERE id = ?', [locked]);
      let runs = 0;
      const running = transactions.run(async () => {
        runs++;
        // The server undoes only the statement that waited: a second attempt would find this row in its way.
        await rows.add(first);
        await touch();
        await rows.add(second);
      });
      const plain = touch();
      while (runs < 2) await sleep(20);
      await lock.release();
      await Promise.all([running, plain]);
      expect(runs).toBe(2);
      expect(await rows.stored(first, second)).toEqual([first, second]);
      expect(await sql.queryOne('SELECT cmid FROM writeassistdev WHERE id = ?', [locked])).toEqual({ cmid: 2 });
    });

    it('is answered 503 with Retry-After when a lock is held for too long, and the message is not there', async () => {
      const client = await server.client();
      const session = await client.newSession();
      const { userId } = client.owner;
      const lock = await holdLock(
        dataSource,
        `SELECT * FROM writeassistdev_chat_sessions WHERE userid = ${userId} FOR UPDATE`,
      );
      const answer = await client.save(session, { content: 'waits' });
      await lock.release();
      expect(answer).toMatchObject({ status: 503, body: { code: 'database_busy' } });
      expect(answer.headers.get('retry-after')).toBe('1');
      expect((await client.save(session, { content: 'comes' })).body.sequence).toBe(1);
    });
  }
});
