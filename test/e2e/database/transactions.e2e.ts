import type { DataSource, EntityManager } from 'typeorm';
import { DomainError } from '../../../src/common/domain-error.js';
import type { TransactionRunner } from '../../../src/database/transactions/transaction-runner.js';
import { User } from '../../../src/owners/user.entity.js';
import { SessionNotFoundError } from '../../../src/sessions/session.errors.js';
import { Rows, gate, sqlOf, unitOf } from '../../support/database/access.js';
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

  it('commits its changes, and returns the result of the function', async () => {
    const [first, second] = [rows.next(), rows.next()];
    const answer = await transactions.run(async () => {
      await rows.add(first);
      await transactions.manager.save(User, { id: second });
      return 'done';
    });
    expect(answer).toBe('done');
    expect(await rows.stored(first, second)).toEqual([first, second]);
  });

  it('calls what waits for its commit once, and nothing after a rollback', async () => {
    const calls: string[] = [];
    await transactions.run(async () => {
      transactions.afterCommit(() => calls.push('committed'));
      await rows.add(rows.next());
      expect(calls).toEqual([]);
    });
    const failing = transactions.run(async () => {
      transactions.afterCommit(() => calls.push('rolled back'));
      await rows.add(rows.next());
      throw new Error('planned');
    });
    await expect(failing).rejects.toThrow('planned');
    expect(calls).toEqual(['committed']);
  });

  it('lets nothing wait for a commit when it is over, or before it', async () => {
    const none = 'there is no open transaction';
    const wait = () => {
      transactions.afterCommit(() => undefined);
    };
    expect(wait).toThrow(none);
    const over = gate();
    let late = Promise.resolve();
    await transactions.run(async () => {
      await rows.add(rows.next());
      late = over.opened.then(() => {
        expect(wait).toThrow(none);
      });
    });
    over.open();
    await late;
  });

  it('refuses a second start on the same query runner, and stays open', async () => {
    const id = rows.next();
    await transactions.run(async () => {
      await rows.add(id);
      const { queryRunner } = transactions.manager;
      await expect(queryRunner?.startTransaction()).rejects.toThrow('a transaction is open');
      expect(queryRunner?.isTransactionActive).toBe(true);
    });
    expect(await rows.stored(id)).toEqual([id]);
  });

  it('sees its own uncommitted changes', async () => {
    const id = rows.next();
    await transactions.run(async () => {
      await rows.add(id);
      expect(await rows.stored(id)).toEqual([id]);
      expect(await transactions.manager.existsBy(User, { id })).toBe(true);
    });
  });

  it('rolls back when the function throws, and throws the same error', async () => {
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

  it('rolls back when a statement fails', async () => {
    const [first, taken] = [rows.next(), rows.next()];
    await rows.add(taken);
    const running = transactions.run(async () => {
      await rows.add(first);
      await rows.add(taken);
    });
    await expect(running).rejects.toThrow();
    expect(await rows.stored(first, taken)).toEqual([taken]);
  });

  it('rolls back when the function throws a domain error, and throws it unchanged', async () => {
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
    it('is committed with the outer one', async () => {
      const [outer, inner] = [rows.next(), rows.next()];
      await transactions.run(async () => {
        await rows.add(outer);
        await transactions.run(() => rows.add(inner));
      });
      expect(await rows.stored(outer, inner)).toEqual([outer, inner]);
    });

    it('is rolled back when the outer one throws', async () => {
      const [outer, inner] = [rows.next(), rows.next()];
      const running = transactions.run(async () => {
        await rows.add(outer);
        await transactions.run(() => rows.add(inner));
        throw new Error('no');
      });
      await expect(running).rejects.toThrow('no');
      expect(await rows.stored(outer, inner)).toEqual([]);
    });

    it('rolls back the outer one when it throws', async () => {
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

  describe('used incorrectly', () => {
    it('has no manager outside of the function', () => {
      expect(() => transactions.manager).toThrow('there is no open transaction');
    });

    it.each<[string, (id: number) => Promise<unknown>]>([
      ['a repository', (id) => dataSource.getRepository(User).save({ id })],
      ['a repository that reads', (id) => dataSource.getRepository(User).findOneBy({ id })],
      ['the manager', (id) => dataSource.manager.save(User, { id })],
      ['a query', (id) => dataSource.query(`INSERT INTO user (id) VALUES (${id})`)],
      ['a query builder', (id) => dataSource.createQueryBuilder().insert().into(User).values({ id }).execute()],
      ['a transaction', (id) => dataSource.transaction((manager) => manager.save(User, { id }))],
    ])('rejects %s of the data source inside within two seconds', async (_name, use) => {
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
    ])('rejects %s after its end', async (_name, use) => {
      const id = rows.next();
      const over = gate();
      let late: Promise<unknown> = Promise.resolve();
      await transactions.run(async () => {
        late = over.opened.then(() => use(id));
        late.catch(() => undefined);
        await rows.add(rows.next());
      });
      over.open();
      await expect(late).rejects.toThrow(ended);
      expect(await rows.stored(id)).toEqual([]);
    });

    it('rejects a statement after a concurrent one has made the transaction fail', async () => {
      const id = rows.next();
      const over = gate();
      let late: Promise<unknown> = Promise.resolve();
      const running = transactions.run(async () => {
        late = over.opened.then(() => rows.add(id));
        await Promise.all([late, Promise.reject(new Error('no'))]);
      });
      await expect(running).rejects.toThrow('no');
      over.open();
      await expect(late).rejects.toThrow(ended);
      expect(await rows.stored(id)).toEqual([]);
    });

    it('rejects statements of a manager that was kept after the end', async () => {
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

  it.each<[string, (taken: number) => Promise<unknown>]>([
    ['an error', () => Promise.reject(new Error('no'))],
    ['a failed statement', (taken) => rows.add(taken)],
    ['an incorrect use', (taken) => dataSource.manager.existsBy(User, { id: taken })],
  ])('works again after %s', async (_name, work) => {
    const [taken, id] = [rows.next(), rows.next()];
    await rows.add(taken);
    await expect(transactions.run(() => work(taken))).rejects.toThrow();
    await transactions.run(() => rows.add(id));
    await dataSource.getRepository(User).delete({ id });
    expect(await rows.stored(taken, id)).toEqual([taken]);
  });

  if (engine() === 'sqlite') {
    it('is rolled back when its query runner is released, and blocks no other', async () => {
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
