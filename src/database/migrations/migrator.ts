import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolConnection } from 'mysql2';
import { MigrationExecutor, type DataSource, type QueryRunner } from 'typeorm';
import { mysqlErrorNumber } from '../transactions/driver-errors.js';
import { assertNoUnownedTables } from './assert-own-tables.js';

const lockTable = 'writeassistdev_chat_migration_lock';
const pauseMs = 250;
const lockWaitTimeout = 1205;
const noSuchTable = 1146;

/** Told once when another process has the lock, and this one waits. */
export type OnWaiting = () => void;

/** @returns the names of the migrations that were run */
export function migrate(dataSource: DataSource, onWaiting: OnWaiting = noop): Promise<string[]> {
  return withMigrationLock(dataSource, onWaiting, async (executor) => {
    const done = await executor.executePendingMigrations();
    return done.map(({ name }) => name);
  });
}

/** Undoes the newest migration, and what it made with all that is in it. @returns false when there was none */
export function revert(dataSource: DataSource, onWaiting: OnWaiting = noop): Promise<boolean> {
  return withMigrationLock(dataSource, onWaiting, async (executor) => {
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
  // nobody listens
}

/** The embedded file belongs to one process anyway; on MySQL a locked row keeps the others waiting. */
async function withMigrationLock<Result>(
  dataSource: DataSource,
  onWaiting: OnWaiting,
  work: (executor: MigrationExecutor) => Promise<Result>,
): Promise<Result> {
  await assertOwnDatabase(dataSource);
  if (dataSource.options.type === 'better-sqlite3') return work(createExecutor(dataSource));
  const lock = dataSource.createQueryRunner('master');
  const runner = dataSource.createQueryRunner('master');
  try {
    await acquireLock(lock, onWaiting);
    // A statement of a migration may take longer than one of a request.
    await runner.query('SET SESSION innodb_lock_wait_timeout = 50 /*M!100000 , max_statement_time = 0 */');
    return await work(createExecutor(dataSource, runner));
  } finally {
    // The lock is a row of an open transaction: it goes with the connection, also when this process is killed.
    if (lock.isTransactionActive) await lock.rollbackTransaction().catch(noop);
    await lock.release();
    // Its settings are not those of the others: it does not go back to the pool.
    ((await runner.connect()) as PoolConnection).destroy();
    await runner.release();
  }
}

/** Before anything is made there, be it only the list of migrations. */
async function assertOwnDatabase(dataSource: DataSource): Promise<void> {
  const done = await new MigrationExecutor(dataSource).getExecutedMigrations();
  if (done.length > 0) return;
  const runner = dataSource.createQueryRunner('master');
  try {
    await assertNoUnownedTables(
      runner,
      dataSource.entityMetadatas.map(({ tableName }) => tableName),
    );
  } finally {
    await runner.release();
  }
}

function createExecutor(dataSource: DataSource, runner?: QueryRunner): MigrationExecutor {
  const executor = new MigrationExecutor(dataSource, runner);
  executor.transaction = dataSource.options.migrationsTransactionMode ?? 'all';
  return executor;
}

async function acquireLock(lock: QueryRunner, onWaiting: OnWaiting): Promise<void> {
  for (let told = false; ;) {
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
        if (!told) onWaiting();
        told = true;
        await sleep(pauseMs);
      } else {
        throw error;
      }
    }
  }
}
