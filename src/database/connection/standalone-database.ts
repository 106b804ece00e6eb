import { existsSync } from 'node:fs';
import type { DataSource } from 'typeorm';
import { configurationError } from '../../common/startup-error.js';
import type { DatabaseConfig } from '../../config/config.js';
import { createDataSource } from '../data-source.js';
import { connect, proveWrites } from './connect.js';
import { DatabaseState } from './database-state.js';
import { migrate, pendingMigrations } from '../migrations/migrator.js';
import { assertCompatible } from '../migrations/schema-compatibility.js';
import { MysqlSqlClient } from '../sql/mysql-sql-client.js';
import { SqlClient } from '../sql/sql-client.js';
import { SqliteSqlClient } from '../sql/sqlite-sql-client.js';
import { toStartupError, toUnreachableError } from './startup-errors.js';
import { TransactionRunner } from '../transactions/transaction-runner.js';
import { DatabaseWork } from '../work/database-work.js';
import { workLimits } from '../work/work-limits.js';

/** The database for a command that runs without the server. */
export interface StandaloneDatabase {
  sql: SqlClient;
  transactions: TransactionRunner;
  dataSource: DataSource;
  /** Maximum size of a text in one statement, in bytes. */
  maxTextBytes(): Promise<number>;
  close(): Promise<void>;
}

/** Generous estimate for a statement without its longest text. */
const statementOverheadBytes = 64 * 1024;

export function createSqlClient(dataSource: DataSource, state: DatabaseState, work: DatabaseWork): SqlClient {
  return dataSource.options.type === 'better-sqlite3'
    ? new SqliteSqlClient(dataSource, state, work)
    : new MysqlSqlClient(dataSource, state, work);
}

/** How `openDatabase` treats a database. */
interface OpenOptions {
  /** Whether nothing will be written. */
  isReadOnly?: boolean;
  /** Called when connected, before the first write. What it throws ends the opening. */
  beforeMigrating?: (dataSource: DataSource) => Promise<void>;
}

/**
 * Connects, and migrates if configured. Does not wait for an unreachable database.
 * @throws StartupError
 */
export async function openDatabase(
  config: DatabaseConfig,
  { isReadOnly = false, beforeMigrating }: OpenOptions = {},
): Promise<StandaloneDatabase> {
  const dataSource = createDataSource(config);
  try {
    await connect(dataSource, config);
    await beforeMigrating?.(dataSource);
    if (config.migrateAtStart) await migrate(dataSource, undefined, config);
    else await assertMigrated(dataSource);
    if (!isReadOnly) await proveWrites(dataSource, config);
  } catch (error) {
    if (dataSource.isInitialized) await dataSource.destroy();
    throw toStartupError(error, config) ?? toUnreachableError(error, config);
  }
  const state = new DatabaseState();
  state.isReady = true;
  const work = new DatabaseWork(workLimits(config), Infinity);
  const sql = createSqlClient(dataSource, state, work);
  return {
    sql,
    transactions: new TransactionRunner(dataSource, state, work),
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
 * Connects without migrating or creating a database. A database without the service's tables is replaced by an empty one
 * in memory.
 * @throws StartupError also when some migrations are outstanding, since the code needs the current schema
 */
export async function openReadOnly(config: DatabaseConfig): Promise<StandaloneDatabase> {
  if (await isEmpty(config)) {
    return openDatabase({ engine: 'sqlite', file: ':memory:', migrateAtStart: true, shared: false });
  }
  return openDatabase({ ...config, migrateAtStart: false }, { isReadOnly: true });
}

async function isEmpty(config: DatabaseConfig): Promise<boolean> {
  if (config.engine === 'sqlite' && !existsSync(config.file)) return true;
  const dataSource = createDataSource(config);
  try {
    await connect(dataSource, config);
    return (await pendingMigrations(dataSource)).length === dataSource.migrations.length;
  } catch (error) {
    throw toStartupError(error, config) ?? toUnreachableError(error, config);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

async function assertMigrated(dataSource: DataSource): Promise<void> {
  await assertCompatible(dataSource);
  const pending = await pendingMigrations(dataSource);
  if (pending.length === 0) return;
  throw configurationError(`outstanding migrations: ${pending.join(', ')}; run npm run migration:run`);
}
