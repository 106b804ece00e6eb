import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import { DomainError } from '../../../src/common/domain-error.js';
import type { TransactionRunner } from '../../../src/database/transactions/transaction-runner.js';
import { User } from '../../../src/owners/user.entity.js';
import { SessionNotFoundError } from '../../../src/sessions/session.errors.js';
import { Rows, sqlOf, unitOf } from '../../support/database/access.js';
import { engine } from '../../support/database/test-database.js';
import { TestServer } from '../../support/http/server.js';

const ended = 'this transaction has ended: a statement was not awaited inside it';

describe('a transaction', () => {
  let server: TestServer;
  let dataSource: DataSource;
  let transactions: TransactionRunner;
  let rows: Rows;

  beforeAll(async () => {
    server = await TestServer.start();
    dataSource = server.dataSource;
    transactions = unitOf(server);
    rows = new Rows(sqlOf(server));
  });
  afterAll(() => server.stop());

  it('keeps what its work has done, and answers what the work answers', async () => {
    const [first, second] = [rows.next(), rows.next()];
    const answer = await transactions.run(async () => {
      await rows.add(first);
      await transactions.manager.save(User, { id: second });
      return 'done';
    });
    expect(answer).toBe('done');
    expect(await rows.stored(first, second)).toEqual([first, second]);
  });

  it('lets its own work see what it has not committed yet', async () => {
    const id = rows.next();
    await transactions.run(async () => {
      await rows.add(id);
      expect(await rows.stored(id)).toEqual([id]);
      expect(await transactions.manager.existsBy(User, { id })).toBe(true);
    });
  });

  it('undoes everything when the work throws, and throws the same error', async () => {
    const [first, second] = [rows.next(), rows.next()];
    const error = new Error('no');
    const running = transactions.run(async () => {
      await rows.add(first);
      await transactions.manager.save(User, { id: second });
      throw error;
    });
    await expect(running).rejects.toBe(error);
    expect(await rows.stored(first, second)).toEqual([]);
  });

  it('undoes everything when a statement fails', async () => {
    const [first, taken] = [rows.next(), rows.next()];
    await rows.add(taken);
    const running = transactions.run(async () => {
      await rows.add(first);
      await rows.add(taken);
    });
    await expect(running).rejects.toThrow();
    expect(await rows.stored(first, taken)).toEqual([taken]);
  });

  it('passes a domain error on as it is, having undone the work', async () => {
    const id = rows.next();
    const error = new SessionNotFoundError();
    const running = transactions.run(async () => {
      await rows.add(id);
      throw error;
    });
    await expect(running).rejects.toBe(error);
    expect(error).toBeInstanceOf(DomainError);
    expect(await rows.stored(id)).toEqual([]);
  });

  describe('nested', () => {
    it('joins: both are kept together', async () => {
      const [outer, inner] = [rows.next(), rows.next()];
      await transactions.run(async () => {
        await rows.add(outer);
        await transactions.run(() => rows.add(inner));
      });
      expect(await rows.stored(outer, inner)).toEqual([outer, inner]);
    });

    it('joins: when the outer one throws, both are undone', async () => {
      const [outer, inner] = [rows.next(), rows.next()];
      const running = transactions.run(async () => {
        await rows.add(outer);
        await transactions.run(() => rows.add(inner));
        throw new Error('no');
      });
      await expect(running).rejects.toThrow('no');
      expect(await rows.stored(outer, inner)).toEqual([]);
    });

    it('joins: when the inner one throws through, both are undone', async () => {
      const [outer, inner] = [rows.next(), rows.next()];
      const running = transactions.run(async () => {
        await rows.add(outer);
        await transactions.run(async () => {
          await rows.add(inner);
          throw new Error('no');
        });
      });
      await expect(running).rejects.toThrow('no');
      expect(await rows.stored(outer, inner)).toEqual([]);
    });
  });

  describe('used wrongly', () => {
    it('has no manager outside', () => {
      expect(() => transactions.manager).toThrow('there is no open transaction');
    });

    it.each<[string, (id: number) => Promise<unknown>]>([
      ['a repository', (id) => dataSource.getRepository(User).save({ id })],
      ['a repository that reads', (id) => dataSource.getRepository(User).findOneBy({ id })],
      ['the manager', (id) => dataSource.manager.save(User, { id })],
      ['a query', (id) => dataSource.query(`INSERT INTO user (id) VALUES (${id})`)],
      ['a query builder', (id) => dataSource.createQueryBuilder().insert().into(User).values({ id }).execute()],
      ['a transaction', (id) => dataSource.transaction((manager) => manager.save(User, { id }))],
    ])('refuses %s of the data source inside, at once', async (_name, use) => {
      const id = rows.next();
      const started = Date.now();
      const running = transactions.run(() => use(id));
      await expect(running).rejects.toThrow(
        'inside a transaction: use TransactionRunner.manager or SqlClient, not the data source',
      );
      expect(Date.now() - started).toBeLessThan(2000);
      expect(await rows.stored(id)).toEqual([]);
    });

    it.each<[string, (id: number) => Promise<unknown>]>([
      ['a statement', (id) => rows.add(id)],
      ["the transaction's manager", async (id) => transactions.manager.save(User, { id })],
      ['a nested transaction', (id) => transactions.run(() => rows.add(id))],
      ['a repository', async (id) => dataSource.getRepository(User).save({ id })],
    ])('refuses %s that comes after its end', async (_name, use) => {
      const id = rows.next();
      let late: Promise<unknown> = Promise.resolve();
      await transactions.run(async () => {
        late = sleep(60).then(() => use(id));
        late.catch(() => undefined);
        await rows.add(rows.next());
      });
      await expect(late).rejects.toThrow(ended);
      expect(await rows.stored(id)).toEqual([]);
    });

    it('refuses what goes on after a sibling has made the transaction fail', async () => {
      const id = rows.next();
      let late: Promise<unknown> = Promise.resolve();
      const running = transactions.run(async () => {
        late = sleep(60).then(() => rows.add(id));
        await Promise.all([late, Promise.reject(new Error('no'))]);
      });
      await expect(running).rejects.toThrow('no');
      await expect(late).rejects.toThrow(ended);
      expect(await rows.stored(id)).toEqual([]);
    });

    it('refuses a manager that was kept past the end', async () => {
      const id = rows.next();
      let kept!: EntityManager;
      await transactions.run(async () => {
        kept = transactions.manager;
        await kept.existsBy(User, { id });
      });
      await expect(kept.insert(User, { id })).rejects.toThrow();
      expect(await rows.stored(id)).toEqual([]);
    });
  });

  it('works again after every kind of failure', async () => {
    const id = rows.next();
    await transactions.run(() => rows.add(id));
    await dataSource.getRepository(User).delete({ id });
    expect(await rows.stored(id)).toEqual([]);
  });

  if (engine() === 'sqlite') {
    it('loses an open transaction when its query runner is released, and nobody waits for it', async () => {
      const [left, next] = [rows.next(), rows.next()];
      const runner = dataSource.createQueryRunner();
      await runner.startTransaction();
      await runner.query('INSERT INTO user (id) VALUES (?)', [left]);
      await runner.release();
      await transactions.run(() => rows.add(next));
      expect(await rows.stored(left, next)).toEqual([next]);
    });
  }
});
