import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { DatabaseBusyError } from '../../../src/database/database.errors.js';
import type { TransactionRunner } from '../../../src/database/transactions/transaction-runner.js';
import { User } from '../../../src/owners/user.entity.js';
import { Rows, gate, numbers, sqlOf, unitOf } from '../../support/database/access.js';
import { engine } from '../../support/database/test-database.js';
import { TestServer } from '../../support/http/server.js';

describe('overlapping transactions', () => {
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

  /** Adds a row in a transaction that lasts `ms`, and then commits or fails. */
  function addSlowly(id: number, ms: number, fails: boolean): Promise<void> {
    return transactions.run(async () => {
      await rows.add(id);
      await sleep(ms);
      if (fails) throw new Error('no');
    });
  }

  async function outcomes(...running: Promise<unknown>[]): Promise<string[]> {
    return (await Promise.allSettled(running)).map(({ status }) => status);
  }

  it.each([
    ['the first commits, the second fails', false, true],
    ['the first rolls back, the second commits', true, false],
    ['both commit', false, false],
    ['both roll back', true, true],
  ])('%s', async (_name, firstFails, secondFails) => {
    for (const [firstMs, secondMs] of [
      [30, 60],
      [60, 30],
    ] as const) {
      const [first, second] = [rows.next(), rows.next()];
      const ends = await outcomes(addSlowly(first, firstMs, firstFails), addSlowly(second, secondMs, secondFails));
      expect(ends).toEqual([firstFails, secondFails].map((fails) => (fails ? 'rejected' : 'fulfilled')));
      expect(await rows.stored(first, second)).toEqual([
        ...(firstFails ? [] : [first]),
        ...(secondFails ? [] : [second]),
      ]);
    }
  });

  it.each<[string, (id: number) => Promise<unknown>]>([
    ['through the data source', (id) => dataSource.manager.save(User, { id })],
    ['through a repository', (id) => dataSource.getRepository(User).insert({ id })],
    ['with SQL', (id) => rows.add(id)],
    ['in a transaction of TypeORM', (id) => dataSource.transaction((manager) => manager.save(User, { id }))],
  ])('do not roll back a write %s outside of them', async (_name, write) => {
    const [failing, plain] = [rows.next(), rows.next()];
    const added = gate();
    const running = transactions.run(async () => {
      await rows.add(failing);
      added.open();
      await sleep(60);
      throw new Error('no');
    });
    await added.opened;
    expect(await outcomes(running, write(plain))).toEqual(['rejected', 'fulfilled']);
    expect(await rows.stored(failing, plain)).toEqual([plain]);
  });

  it.each<[string, (id: number) => Promise<boolean>]>([
    ['through the data source', (id) => dataSource.manager.existsBy(User, { id })],
    ['through a repository', (id) => dataSource.getRepository(User).existsBy({ id })],
    ['with SQL', async (id) => (await rows.stored(id)).length === 1],
    ['in a transaction', (id) => transactions.run(async () => (await rows.stored(id)).length === 1)],
  ])('do not show uncommitted rows to a read %s', async (_name, isStored) => {
    const id = rows.next();
    const added = gate();
    const running = transactions.run(async () => {
      await rows.add(id);
      added.open();
      await sleep(60);
      throw new Error('no');
    });
    await added.opened;
    const [seen] = await Promise.all([isStored(id), expect(running).rejects.toThrow('no')]);
    expect(seen).toBe(false);
  });

  it('all succeed when there are twenty', async () => {
    const ids = numbers(20).map(() => rows.next());
    await Promise.all(
      ids.map((id) =>
        transactions.run(async () => {
          await rows.add(id);
          await sleep(1);
          expect(await rows.stored(id)).toEqual([id]);
        }),
      ),
    );
    expect(await rows.stored(...ids)).toEqual(ids);
  });

  it('keep the twenty of forty that do not fail', async () => {
    const ids = numbers(40).map(() => rows.next());
    const ends = await outcomes(...ids.map((id, index) => addSlowly(id, index % 3, index % 2 === 1)));
    expect(ends).toEqual(ids.map((_, index) => (index % 2 === 1 ? 'rejected' : 'fulfilled')));
    expect(await rows.stored(...ids)).toEqual(ids.filter((_, index) => index % 2 === 0));
  });

  it('do not lose increments of a locked row', async () => {
    const activity = rows.next();
    const sql = sqlOf(server);
    await sql.execute('INSERT INTO writeassistdev (id, cmid) VALUES (?, 0)', [activity]);
    await Promise.all(
      numbers(30).map(() =>
        transactions.run(async () => {
          const row = await sql.selectForUpdate<{ cmid: number }>('cmid', 'writeassistdev', 'id = ?', [activity]);
          await sql.execute('UPDATE writeassistdev SET cmid = ? WHERE id = ?', [Number(row?.cmid) + 1, activity]);
        }),
      ),
    );
    expect(await sql.queryOne('SELECT cmid FROM writeassistdev WHERE id = ?', [activity])).toEqual({ cmid: 30 });
  });

  if (engine() === 'sqlite') {
    it('get DatabaseBusyError after five seconds in the queue, and work again afterwards', async () => {
      const [held, unitRow, plainRow, later] = [rows.next(), rows.next(), rows.next(), rows.next()];
      const added = gate();
      const done = gate();
      const holder = transactions.run(async () => {
        await rows.add(held);
        added.open();
        await done.opened;
      });
      await added.opened;
      const started = Date.now();
      await Promise.all([
        expect(transactions.run(() => rows.add(unitRow))).rejects.toBeInstanceOf(DatabaseBusyError),
        expect(rows.add(plainRow)).rejects.toBeInstanceOf(DatabaseBusyError),
      ]).finally(done.open);
      const waited = Date.now() - started;
      expect(waited).toBeGreaterThanOrEqual(4900);
      // Sooner than the deadline of requests.
      expect(waited).toBeLessThan(9500);
      await holder;
      await transactions.run(() => rows.add(later));
      expect(await rows.stored(held, unitRow, plainRow, later)).toEqual([held, later]);
    });
  }
});
