import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, QueryRunner } from 'typeorm';

/** A transaction that is being worked in. `open` turns false when it ends: whoever still holds it then is too late. */
export interface OpenUnit {
  runner: QueryRunner;
  open: boolean;
}

/** The unit of work that the running code belongs to. */
export const currentUnit = new AsyncLocalStorage<OpenUnit>();

/** The runner of the unit of work that the running code belongs to; undefined outside of any. */
export function currentRunner(): QueryRunner | undefined {
  const unit = currentUnit.getStore();
  if (unit && !unit.open) throw new Error('this unit of work has ended: a statement was not awaited inside it');
  return unit?.runner;
}

/**
 * Whoever asks TypeORM for a connection of its own inside a unit of work (a repository of the data source instead of
 * the unit's manager) would write outside of the transaction on MySQL and wait for itself on SQLite. Refuses, on both.
 */
export function refuseStrayRunners(dataSource: DataSource): void {
  const driver = dataSource.driver;
  const create = driver.createQueryRunner.bind(driver);
  driver.createQueryRunner = (mode) => {
    if (currentRunner()) throw new Error('inside a unit of work: use its manager or Sql, not the data source');
    return create(mode);
  };
}
