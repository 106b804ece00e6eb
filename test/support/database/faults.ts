import type { DataSource, QueryRunner } from 'typeorm';
import { outsideConnection } from './access.js';

/** Hands every query runner that the data source makes to `change` first. The returned function ends that. */
export function onEveryRunner(dataSource: DataSource, change: (runner: QueryRunner) => void): () => void {
  const create = dataSource.createQueryRunner.bind(dataSource);
  dataSource.createQueryRunner = (mode) => {
    const runner = create(mode);
    change(runner);
    return runner;
  };
  return () => {
    dataSource.createQueryRunner = create;
  };
}

/** The next `times` commits are done by `instead`, which is given the real one. */
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

/** The next commits are done, and their answers do not arrive. */
export function loseAnswerOfCommit(dataSource: DataSource, times = 1): void {
  atCommit(dataSource, times, async (commit) => {
    await commit();
    throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', errno: -104 });
  });
}

/** MariaDB: the next commits find their connection killed. */
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

/** MariaDB: rows that somebody else has locked. */
export interface HeldLock {
  release(): Promise<void>;
}

/** MariaDB: holds what `select` locks, until it is released. */
export async function holdLock(dataSource: DataSource, select: string): Promise<HeldLock> {
  const outside = await outsideConnection(dataSource);
  await outside.beginTransaction();
  await outside.query(select);
  return {
    release: async () => {
      await outside.rollback();
      await outside.end();
    },
  };
}

/** An error as mysql2 (`errno`) or the embedded engine (`errcode`) gives it. */
export function driverFault(engine: 'mariadb' | 'sqlite', number: number): Error {
  return Object.assign(new Error(`fault ${number}`), engine === 'mariadb' ? { errno: number } : { errcode: number });
}
