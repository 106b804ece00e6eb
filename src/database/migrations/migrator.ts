import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolConnection } from 'mysql2';
import { MigrationExecutor, type DataSource, type QueryRunner } from 'typeorm';
import { longStatements, sessionStatements } from '../mysql/session-variables.js';
import { withQueryRunner } from '../with-query-runner.js';
import { mysqlErrorNumber } from '../transactions/driver-errors.js';
import { assertNoOtherTables, assertNoUnownedTables, tableNames } from './assert-own-tables.js';
import { assertCompatible, assertRevertible, lockTable, recordCompatibility } from './schema-compatibility.js';

/** Delay between two attempts to take the lock. */
const lockRetryMs = 250;
const lockWaitTimeout = 1205;
const noSuchTable = 1146;

/** Called once when another process holds the lock and this one waits for it. */
export type OnWaiting = () => void;

/** How migrations treat the database. */
export interface MigrationOptions {
  /** Whether it may have tables of other programs (DATABASE_SHARED). */
  shared: boolean;
}

/**
 * Runs all pending migrations; waits while another process migrates.
 * @returns the names of the migrations that were run, oldest first
 * @throws StartupError when the database has tables of other programs, or a schema that is too new for this program
 */
export async function migrate(
  dataSource: DataSource,
  onWaiting: OnWaiting = noop,
  options: MigrationOptions = { shared: false },
): Promise<string[]> {
  await assertCompatible(dataSource);
  await assertOwnDatabase(dataSource, options);
  return withMigrationLock(dataSource, onWaiting, async (executor, runner) => {
    await recordCompatibility(dataSource, runner);
    const done = await executor.executePendingMigrations();
    return done.map(({ name }) => name);
  });
}

/**
 * Reverts the newest migration: what it created is dropped, with its data.
 * @returns false when no migration has been run
 * @throws StartupError when a newer program ran a migration that this one does not know
 */
export async function revert(dataSource: DataSource, onWaiting: OnWaiting = noop): Promise<boolean> {
  if ((await executedMigrations(dataSource)).length === 0) return false;
  return withMigrationLock(dataSource, onWaiting, async (executor, runner) => {
    await assertRevertible(dataSource, runner);
    const done = await executor.getExecutedMigrations();
    if (done.length === 0) return false;
    await executor.undoLastMigration();
    return true;
  });
}

/** The names of the migrations that have not been run, oldest first. */
export async function pendingMigrations(dataSource: DataSource): Promise<string[]> {
  const pending = await new MigrationExecutor(dataSource).getPendingMigrations();
  return pending.map(({ name }) => name);
}

function noop(): void {
  // not logged
}

function executedMigrations(dataSource: DataSource): Promise<unknown[]> {
  return new MigrationExecutor(dataSource).getExecutedMigrations();
}

/** On MySQL a locked row makes other processes wait; on SQLite the file has one process. */
async function withMigrationLock<Result>(
  dataSource: DataSource,
  onWaiting: OnWaiting,
  work: (executor: MigrationExecutor, runner: QueryRunner) => Promise<Result>,
): Promise<Result> {
  if (dataSource.options.type === 'better-sqlite3') {
    return withQueryRunner(dataSource, (runner) => work(createExecutor(dataSource, runner), runner));
  }
  const lock = dataSource.createQueryRunner('master');
  const runner = dataSource.createQueryRunner('master');
  try {
    await acquireLock(lock, onWaiting);
    // A statement of a migration may take longer than one of a request.
    for (const statement of sessionStatements('migrations', longStatements)) await runner.query(statement);
    return await work(createExecutor(dataSource, runner), runner);
  } finally {
    // The lock is a row lock of an open transaction: the server releases it also when this process is killed.
    if (lock.isTransactionActive) await lock.rollbackTransaction().catch(noop);
    await lock.release();
    // Its session settings differ from those of the pool.
    ((await runner.connect()) as PoolConnection).destroy();
    await runner.release();
  }
}

/** Checks before the first write; TypeORM's table of migrations counts as one. */
async function assertOwnDatabase(dataSource: DataSource, { shared }: MigrationOptions): Promise<void> {
  if ((await executedMigrations(dataSource)).length > 0) return;
  await withQueryRunner(dataSource, async (runner) => {
    await assertNoUnownedTables(runner, tableNames(dataSource));
    if (!shared) await assertNoOtherTables(runner, dataSource);
  });
}

function createExecutor(dataSource: DataSource, runner?: QueryRunner): MigrationExecutor {
  const executor = new MigrationExecutor(dataSource, runner);
  executor.transaction = dataSource.options.migrationsTransactionMode ?? 'all';
  return executor;
}

async function acquireLock(lock: QueryRunner, onWaiting: OnWaiting): Promise<void> {
  for (let isWaiting = false; ;) {
    try {
      await lock.startTransaction();
      const rows = (await lock.query(`SELECT id FROM ${lockTable} WHERE id = 1 FOR UPDATE`)) as unknown[];
      if (rows.length === 1) return;
      await lock.query(`INSERT IGNORE INTO ${lockTable} (id) VALUES (1)`);
      await lock.commitTransaction();
    } catch (error) {
      await lock.rollbackTransaction();
      if (mysqlErrorNumber(error) === noSuchTable) {
        await lock.query(`CREATE TABLE IF NOT EXISTS ${lockTable} (id INT NOT NULL PRIMARY KEY) ENGINE=InnoDB`);
      } else if (mysqlErrorNumber(error) === lockWaitTimeout) {
        if (!isWaiting) onWaiting();
        isWaiting = true;
        await sleep(lockRetryMs);
      } else {
        throw error;
      }
    }
  }
}
