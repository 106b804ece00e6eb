import { existsSync } from 'node:fs';
import type { DataSource } from 'typeorm';
import { StartupError, exitCodes } from '../common/startup-error.js';
import type { DatabaseConfig } from '../config/config.js';
import { createDataSource } from './data-source.js';
import { DatabaseState } from './database-state.js';
import { errorCode, isUnavailable, mysqlNumber } from './driver-errors.js';
import { migrate, pendingMigrations } from './migrator.js';
import { MysqlSql } from './mysql-sql.js';
import { Sql } from './sql.js';
import { SqliteSql } from './sqlite-sql.js';
import { serverName, startProblem } from './start-problem.js';
import { UnitOfWork } from './unit-of-work.js';

/** The database as a command uses it: without a server around it. */
export interface OpenDatabase {
  sql: Sql;
  unit: UnitOfWork;
  dataSource: DataSource;
  /** The longest text that it takes in one statement, in bytes. */
  longestText(): Promise<number>;
  close(): Promise<void>;
}

/** What a statement needs beside its longest text, in bytes: plenty. */
const besideText = 64 * 1024;

export function sqlOf(dataSource: DataSource, state: DatabaseState): Sql {
  return dataSource.options.type === 'better-sqlite3'
    ? new SqliteSql(dataSource, state)
    : new MysqlSql(dataSource, state);
}

/**
 * Connects, and migrates where the configuration says so. Does not wait for a database that is not there.
 * @throws StartupError
 */
export async function openDatabase(config: DatabaseConfig): Promise<OpenDatabase> {
  const dataSource = createDataSource(config);
  try {
    await dataSource.initialize();
    if (config.migrateAtStart) await migrate(dataSource);
    else await requireMigrated(dataSource);
  } catch (error) {
    if (dataSource.isInitialized) await dataSource.destroy();
    throw startProblem(error, config) ?? unreachable(error, config);
  }
  const state = new DatabaseState();
  state.ready = true;
  const sql = sqlOf(dataSource, state);
  return {
    sql,
    unit: new UnitOfWork(dataSource, state),
    dataSource,
    longestText: async () => {
      if (config.engine === 'sqlite') return Infinity;
      const row = await sql.row<{ bytes: number }>('SELECT @@max_allowed_packet AS bytes', []);
      return (row?.bytes ?? Infinity) - besideText;
    },
    close: () => dataSource.destroy(),
  };
}

/**
 * The database as it is: nothing is written there, and none is made. Where no table of ours is there yet, an empty one
 * in memory stands for it.
 * @throws StartupError also when migrations are outstanding: what is there could not be read rightly
 */
export async function openForReading(config: DatabaseConfig): Promise<OpenDatabase> {
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
    throw startProblem(error, config) ?? unreachable(error, config);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

async function requireMigrated(dataSource: DataSource): Promise<void> {
  const pending = await pendingMigrations(dataSource);
  if (pending.length === 0) return;
  throw new StartupError(
    [`outstanding migrations: ${pending.join(', ')}; run npm run migration:run`],
    exitCodes.configuration,
  );
}

function unreachable(error: unknown, config: DatabaseConfig): unknown {
  if (config.engine === 'sqlite' || !isUnavailable(error)) return error;
  return new StartupError([
    `${serverName(config)} cannot be used now (${errorCode(error) ?? String(mysqlNumber(error))})`,
  ]);
}
