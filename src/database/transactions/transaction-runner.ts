import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { currentRunner, transactionStorage } from './transaction-context.js';
import { DatabaseState } from '../connection/database-state.js';
import { OutcomeUnknownError } from '../database.errors.js';
import { isConnectionLost } from './driver-errors.js';
import { retryTransient } from './retry.js';

/** Transactions: all of the work or nothing. */
@Injectable()
export class TransactionRunner {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly state: DatabaseState,
  ) {}

  /** TypeORM's manager of the open unit. @throws Error outside of one: a write there would survive a rollback. */
  get manager(): EntityManager {
    const runner = currentRunner();
    if (!runner) throw new Error('there is no open transaction');
    return runner.manager;
  }

  /**
   * Does `work` in one transaction; a nested call joins the outer one. Where the database undoes a transaction for
   * another's sake, the whole of it runs again: `work` must change nothing but the database.
   * @throws DatabaseBusy after six attempts, DatabaseUnavailable, OutcomeUnknown, and whatever `work` throws
   */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (currentRunner()) return work();
    this.state.assertReady();
    return retryTransient(() => this.once(work));
  }

  private async once<Result>(work: () => Promise<Result>): Promise<Result> {
    const runner = this.dataSource.createQueryRunner('master');
    try {
      await runner.startTransaction();
      const result = await runInContext(runner, work);
      await commit(runner);
      return result;
    } catch (error) {
      // A rollback that fails has lost its connection, and with it the transaction.
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      // What went wrong before is what the caller must hear.
      await runner.release().catch(() => undefined);
    }
  }
}

async function runInContext<Result>(runner: QueryRunner, work: () => Promise<Result>): Promise<Result> {
  const context = { runner, isOpen: true };
  try {
    return await transactionStorage.run(context, work);
  } finally {
    context.isOpen = false;
  }
}

async function commit(runner: QueryRunner): Promise<void> {
  try {
    await runner.commitTransaction();
  } catch (error) {
    throw isConnectionLost(error) ? new OutcomeUnknownError(error) : error;
  }
}
