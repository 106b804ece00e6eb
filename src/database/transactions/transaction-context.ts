import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, QueryRunner } from 'typeorm';

/** The open transaction of asynchronous code. `isOpen` becomes false when it ends, to detect statements that were not awaited. */
export interface TransactionContext {
  runner: QueryRunner;
  isOpen: boolean;
  /** Called after COMMIT. */
  afterCommit: (() => void)[];
}

/** The transaction in which the current asynchronous code runs. */
export const transactionStorage = new AsyncLocalStorage<TransactionContext>();

/**
 * The query runner of the open transaction; undefined outside a transaction.
 * @throws Error when that transaction has ended
 */
export function currentRunner(): QueryRunner | undefined {
  const context = transactionStorage.getStore();
  if (context && !context.isOpen) throw new Error('this transaction has ended: a statement was not awaited inside it');
  return context?.runner;
}

/**
 * Using the data source inside a transaction would bypass the transaction on MySQL and deadlock on SQLite; after this
 * call both throw.
 */
export function forbidQueriesOutsideTransaction(dataSource: DataSource): void {
  const driver = dataSource.driver;
  const create = driver.createQueryRunner.bind(driver);
  driver.createQueryRunner = (mode) => {
    if (currentRunner())
      throw new Error('inside a transaction: use TransactionRunner.manager or SqlClient, not the data source');
    return create(mode);
  };
}
