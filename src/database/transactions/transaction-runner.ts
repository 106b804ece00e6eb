import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import {
  DataSource,
  type EntityManager,
  type EntityTarget,
  type ObjectLiteral,
  type QueryRunner,
  type Repository,
} from 'typeorm';
import { currentRunner, transactionStorage, type TransactionContext } from './transaction-context.js';
import { DatabaseState } from '../connection/database-state.js';
import { OutcomeUnknownError } from '../database.errors.js';
import { DatabaseWork } from '../work/database-work.js';
import { connectUntil } from '../work/timed-connection.js';
import { isConnectionLost } from './driver-errors.js';

/** Runs transactions, and gives access to TypeORM in the open one. */
@Injectable()
export class TransactionRunner {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly state: DatabaseState,
    private readonly work: DatabaseWork,
  ) {}

  /**
   * TypeORM's entity manager of the open transaction.
   * @throws Error outside a transaction, where a rollback would not undo a write
   */
  get manager(): EntityManager {
    const runner = currentRunner();
    if (!runner) throw new Error('there is no open transaction');
    return runner.manager;
  }

  /**
   * TypeORM's repository in the open transaction, for reads and writes.
   * @throws Error outside a transaction, where a rollback would not undo a write
   */
  repository<Entity extends ObjectLiteral>(entity: EntityTarget<Entity>): Repository<Entity> {
    return this.manager.getRepository(entity);
  }

  /**
   * Reads with TypeORM's repository: in the open transaction, else on a connection of the pool. Outside a transaction
   * `query` is retried like a transaction, and must not write.
   * @throws DatabaseBusyError, DatabaseUnavailableError, and the other errors of `query`
   */
  async read<Entity extends ObjectLiteral, Result>(
    entity: EntityTarget<Entity>,
    query: (repository: Repository<Entity>) => Promise<Result>,
  ): Promise<Result> {
    if (currentRunner()) return query(this.repository(entity));
    this.state.assertReady();
    return this.work.run('read', (deadline) =>
      this.withRunner(deadline, (runner) => query(runner.manager.getRepository(entity))),
    );
  }

  /**
   * Runs `work` in one transaction; a nested call joins the outer one. When the database rolls the transaction back
   * (deadlock, lock timeout), `work` runs again: apart from the database it must have no side effects.
   * @param session the session whose row `work` locks, if it locks one
   * @throws DatabaseBusyError after six attempts or at the deadline of the request, DatabaseUnavailableError,
   *   OutcomeUnknownError when the connection is lost during COMMIT, and the other errors of `work`
   */
  async run<Result>(work: () => Promise<Result>, session?: string): Promise<Result> {
    if (currentRunner()) return work();
    this.state.assertReady();
    return this.work.run(
      'transaction',
      (deadline) => this.withRunner(deadline, (runner) => transact(runner, work)),
      session,
    );
  }

  /**
   * Calls the function when the open transaction has committed, and never when it is rolled back.
   * @throws Error outside a transaction
   */
  afterCommit(done: () => void): void {
    const context = transactionStorage.getStore();
    if (!context?.isOpen) throw new Error('there is no open transaction');
    context.afterCommit.push(done);
  }

  /** Connects a query runner until `use` ends. At the deadline the connection is broken. */
  private async withRunner<Result>(deadline: number, use: (runner: QueryRunner) => Promise<Result>): Promise<Result> {
    const runner = this.dataSource.createQueryRunner('master');
    try {
      const { stop } = await connectUntil(deadline, () => runner.connect() as Promise<object>);
      try {
        return await use(runner);
      } finally {
        stop();
      }
    } finally {
      // An error here must not replace the one that was thrown before.
      await runner.release().catch(() => undefined);
    }
  }
}

async function transact<Result>(runner: QueryRunner, work: () => Promise<Result>): Promise<Result> {
  const context: TransactionContext = { runner, isOpen: true, afterCommit: [] };
  let isCommitting = false;
  try {
    await runner.startTransaction();
    const result = await transactionStorage.run(context, work);
    context.isOpen = false;
    isCommitting = true;
    await runner.commitTransaction();
    for (const done of context.afterCommit) done();
    return result;
  } catch (error) {
    context.isOpen = false;
    // A rollback fails when the connection is lost; the server has rolled back then.
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    throw isCommitting && isConnectionLost(error) ? new OutcomeUnknownError(error) : error;
  }
}
