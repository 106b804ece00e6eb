import type { DataSource, QueryRunner } from 'typeorm';
import { outsideConnection } from './access.js';

const changed: (() => void)[] = [];

/** Passes every query runner that the data source creates to `change` first. The returned function ends that. */
export function onEveryRunner(dataSource: DataSource, change: (runner: QueryRunner) => void): () => void {
  const create = dataSource.createQueryRunner.bind(dataSource);
  dataSource.createQueryRunner = (mode) => {
    const runner = create(mode);
    change(runner);
    return runner;
  };
  const restore = () => {
    dataSource.createQueryRunner = create;
  };
  changed.push(restore);
  return restore;
}

/** Undoes all changes of query runners: for `afterEach`, so that a failed test leaves none behind. */
export function restoreRunners(): void {
  for (const restore of changed.splice(0).reverse()) restore();
}

/** Replaces the next `times` commits by `instead`, which gets the real commit. */
export function atCommit(
  dataSource: DataSource,
  times: number,
  instead: (commit: () => Promise<void>, runner: QueryRunner) => Promise<void>,
): void {
  let left = times;
  const restore = onEveryRunner(dataSource, (runner) => {
    const commit = runner.commitTransaction.bind(runner);
    runner.commitTransaction = () => {
      if (left === 0) return commit();
      left--;
      if (left === 0) restore();
      return instead(commit, runner);
    };
  });
}

/** The next commits succeed, but their answers do not arrive. */
export function loseAnswerOfCommit(dataSource: DataSource, times = 1): void {
  atCommit(dataSource, times, async (commit) => {
    await commit();
    throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', errno: -104 });
  });
}

/** MariaDB: kills the connection before the next commits. */
export function killBeforeCommit(dataSource: DataSource, times = 1): void {
  atCommit(dataSource, times, async (commit, runner) => {
    await killConnection(dataSource, runner);
    await commit();
  });
}

/** MariaDB: ends the connection of a runner from outside. */
export async function killConnection(dataSource: DataSource, runner: QueryRunner): Promise<void> {
  const { threadId } = (await runner.connect()) as { threadId: number };
  const outside = await outsideConnection(dataSource);
  await outside.query(`KILL ${threadId}`);
  await outside.end();
}

/** MariaDB: rows that another connection has locked. */
export interface HeldLock {
  /** May be called again. */
  release: () => Promise<void>;
}

/** MariaDB: holds the locks of `select` until they are released. */
export async function holdLock(dataSource: DataSource, select: string): Promise<HeldLock> {
  const outside = await outsideConnection(dataSource);
  await outside.beginTransaction();
  await outside.query(select);
  const release = async () => {
    await outside.rollback();
    await outside.end();
  };
  let released: Promise<void> | undefined;
  return { release: () => (released ??= release()) };
}

/** An error like those of mysql2 (`errno`) or of SQLite (`errcode`). */
export function driverFault(engine: 'mariadb' | 'sqlite', number: number): Error {
  return Object.assign(new Error(`fault ${number}`), engine === 'mariadb' ? { errno: number } : { errcode: number });
}
