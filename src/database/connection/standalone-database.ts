import { existsSync } from 'node:fs';
import type { DataSource } from 'typeorm';
import { StartupError, exitCodes } from '../../common/startup-error.js';
import type { DatabaseConfig } from '../../config/config.js';
import { createDataSource } from '../data-source.js';
import { DatabaseState } from './database-state.js';
import { errorCode, isUnavailable, mysqlErrorNumber } from '../transactions/driver-errors.js';
import { migrate, pendingMigrations } from '../migrations/migrator.js';
import { MysqlSqlClient } from '../sql/mysql-sql-client.js';
import { SqlClient } from '../sql/sql-client.js';
import { SqliteSqlClient } from '../sql/sqlite-sql-client.js';
import { describeServer, toStartupError } from './startup-errors.js';
import { TransactionRunner } from '../transactions/transaction-runner.js';

/** The database as a command uses it: without a server around it. */
export interface StandaloneDatabase {
  sql: SqlClient;
  transactions: TransactionRunner;
  dataSource: DataSource;
  /** The longest text that it takes in one statement, in bytes. */
  maxTextBytes(): Promise<number>;
  close(): Promise<void>;
}

/** What a statement needs beside its longest text, in bytes: plenty. */
const statementOverheadBytes = 64 * 1024;

export function createSqlClient(dataSource: DataSource, state: DatabaseState): SqlClient {
  return dataSource.options.type === 'better-sqlite3'
    ? new SqliteSqlClient(dataSource, state)
    : new MysqlSqlClient(dataSource, state);
}

/**
 * Connects, and migrates where the configuration says so. Does not wait for a database that is not there.
 * @throws StartupError
 */
export async function openDatabase(config: DatabaseConfig): Promise<StandaloneDatabase> {
  const dataSource = createDataSource(config);
  try {
    await dataSource.initialize();
    if (config.migrateAtStart) await migrate(dataSource);
    else await assertMigrated(dataSource);
  } catch (error) {
    if (dataSource.isInitialized) await dataSource.destroy();
    throw toStartupError(error, config) ?? toUnreachableError(error, config);
  }
  const state = new DatabaseState();
  state.isReady = true;
  const sql = createSqlClient(dataSource, state);
  return {
    sql,
    transactions: new TransactionRunner(dataSource, state),
    dataSource,
    maxTextBytes: async () => {
      if (config.engine === 'sqlite') return Infinity;
      const row = await sql.queryOne<{ bytes: number }>('SELECT @@max_allowed_packet AS bytes', []);
      return (row?.bytes ?? Infinity) - statementOverheadBytes;
    },
    close: () => dataSource.destroy(),
  };
}

/**
 * The database as it is: nothing is written there, and none is made. Where no table of ours is there yet, an empty one
 * in memory stands for it.
 * @throws StartupError also when migrations are outstanding: what is there could not be read rightly
 */
export async function openReadOnly(config: DatabaseConfig): Promise<StandaloneDatabase> {
  if (await isEmpty(config)) return openDatabase({ engine: 'sqlite', file: ':memory:', migrateAtStart: true });
  return openDatabase({ ...config, migrateAtStart: false });
}

async function isEmpty(config: DatabaseConfig): Promise<boolean> {
  if (config.engine === 'sqlite' && !existsSync(config.file)) return true;
  const dataSource = createDataSource(config);
  try {
    await dataSource.initialize();
    return (await pendingMigrations(dataSource)).length === dataSource.migrations.length;
  } catch (error) {
    throw toStartupError(error, config) ?? toUnreachableError(error, config);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

async function assertMigrated(dataSource: DataSource): Promise<void> {
  const pending = await pendingMigrations(dataSource);
  if (pending.length === 0) return;
  throw new StartupError(
    [`outstanding migrations: ${pending.join(', ')}; run npm run migration:run`],
    exitCodes.configuration,
  );
}

function toUnreachableError(error: unknown, config: DatabaseConfig): unknown {
  if (config.engine === 'sqlite' || !isUnavailable(error)) return error;
  return new StartupError([
    `${describeServer(config)} cannot be used now (${errorCode(error) ?? String(mysqlErrorNumber(error))})`,
  ]);
}
