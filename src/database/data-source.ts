import { DataSource, type DataSourceOptions, type Logger } from 'typeorm';
import type { DatabaseConfig } from '../config/config.js';
import { forbidQueriesOutsideTransaction } from './transactions/transaction-context.js';
import { entities } from './entities.js';
import { CreateChatTables1795305600000 } from './migrations/1795305600000-create-chat-tables.js';
import { AddHistory1795392000000 } from './migrations/1795392000000-add-history.js';
import { AddImports1795482000000 } from './migrations/1795482000000-add-imports.js';
import { mysqlDriver, tlsOptions } from './mysql/mysql-driver.js';
import { queueQueryRunners } from './sqlite/queued-query-runner.js';
import { SqliteDatabase } from './sqlite/sqlite-driver.js';

/** A unit of work that has waited so long for its turn on the embedded engine gives up. */
const sqliteQueueMs = 5000;

/** Where TypeORM's words about migrations go. */
type Say = (line: string) => void;

/** Statements carry people's texts: none of them is logged. */
function createMigrationLogger(say: Say): Logger {
  return {
    logQuery: noop,
    logQueryError: noop,
    logQuerySlow: noop,
    logSchemaBuild: say,
    logMigration: say,
    log: noop,
  };
}

function noop(): void {
  // not said
}

/** The options of the server, of the TypeORM command line and of the tests alike. */
export function dataSourceOptions(config: DatabaseConfig, say: Say = noop): DataSourceOptions {
  const common = {
    entities,
    migrations: [CreateChatTables1795305600000, AddHistory1795392000000, AddImports1795482000000],
    migrationsTableName: 'writeassistdev_chat_migrations',
    synchronize: false,
    logger: createMigrationLogger(say),
  } satisfies Partial<DataSourceOptions>;
  if (config.engine === 'sqlite') {
    return {
      ...common,
      type: 'better-sqlite3',
      database: config.file,
      driver: SqliteDatabase,
      enableWAL: true,
      // One process a file: the lock is the operating system's, so it goes with the process, however that ends.
      prepareDatabase: (database: SqliteDatabase) => {
        database.pragma('locking_mode = EXCLUSIVE');
        database.pragma('synchronous = FULL');
      },
    };
  }
  return {
    ...common,
    type: 'mysql',
    driver: mysqlDriver(config),
    host: config.host,
    port: config.port,
    username: config.username,
    password: config.password,
    database: config.database,
    ssl: tlsOptions(config),
    charset: 'utf8mb4',
    timezone: 'Z',
    supportBigNumbers: true,
    bigNumberStrings: false,
    connectTimeout: config.connectTimeoutMs,
    poolSize: config.poolSize,
    // Every statement of a migration commits by itself there.
    migrationsTransactionMode: 'none',
    extra: { maxIdle: config.poolSize, queueLimit: config.queueLimit, enableKeepAlive: true },
  };
}

/** Not connected yet. */
export function createDataSource(config: DatabaseConfig, say: Say = noop): DataSource {
  return prepareDataSource(new DataSource(dataSourceOptions(config, say)));
}

/** Makes the embedded engine's query runners queue, and refuses those that would leave the open unit of work. */
export function prepareDataSource(dataSource: DataSource): DataSource {
  if (dataSource.options.type === 'better-sqlite3') {
    queueQueryRunners(dataSource, sqliteQueueMs);
    useSqliteTypes(dataSource);
  }
  forbidQueriesOutsideTransaction(dataSource);
  return dataSource;
}

/** SQLite has one type of integer and one of text, whatever their size. */
function useSqliteTypes({ driver }: DataSource): void {
  const normalize = driver.normalizeType.bind(driver);
  driver.normalizeType = (column) => {
    const type = normalize(column);
    if (type === 'bigint') return 'integer';
    return type === 'mediumtext' ? 'text' : type;
  };
}
