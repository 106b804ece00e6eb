import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, QueryRunner } from 'typeorm';

/** A transaction that is being worked in. `open` turns false when it ends: whoever still holds it then is too late. */
export interface TransactionContext {
  runner: QueryRunner;
  isOpen: boolean;
}

/** The context of work that the running code belongs to. */
export const transactionStorage = new AsyncLocalStorage<TransactionContext>();

/** The runner of the context of work that the running code belongs to; undefined outside of any. */
export function currentRunner(): QueryRunner | undefined {
  const context = transactionStorage.getStore();
  if (context && !context.isOpen) throw new Error('this transaction has ended: a statement was not awaited inside it');
  return context?.runner;
}

/**
 * Whoever asks TypeORM for a connection of its own inside a context of work (a repository of the data source instead of
 * the context's manager) would write outside of the transaction on MySQL and wait for itself on SQLite. Refuses, on both.
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
