import { DataSource, type DataSourceOptions, type Logger } from 'typeorm';
import type { BetterSqlite3DataSourceOptions } from 'typeorm/driver/better-sqlite3/BetterSqlite3DataSourceOptions.js';
import type { DatabaseConfig, SqliteConfig } from '../config/config.js';
import { forbidQueriesOutsideTransaction } from './transactions/transaction-context.js';
import { entities } from './entities.js';
import { CreateChatTables1795305600000 } from './migrations/1795305600000-create-chat-tables.js';
import { AddHistory1795392000000 } from './migrations/1795392000000-add-history.js';
import { AddImports1795482000000 } from './migrations/1795482000000-add-imports.js';
import { AddImportDifferences1795654800000 } from './migrations/1795654800000-add-import-differences.js';
import { AddDeletedSessions1795741200000 } from './migrations/1795741200000-add-deleted-sessions.js';
import { WidenClientMessageId1795744800000 } from './migrations/1795744800000-widen-client-message-id.js';
import { AddContentBytes1795960800000 } from './migrations/1795960800000-add-content-bytes.js';
import { AddMessageParts1796083200000 } from './migrations/1796083200000-add-message-parts.js';
import { AddOrganising1796086800000 } from './migrations/1796086800000-add-organising.js';
import { AddFolded1796090400000 } from './migrations/1796090400000-add-folded.js';
import { AddBranches1796094000000 } from './migrations/1796094000000-add-branches.js';
import { AddTrash1796097600000 } from './migrations/1796097600000-add-trash.js';
import { AddPreviews1796101200000 } from './migrations/1796101200000-add-previews.js';
import { migrationsTable } from './migrations/schema-compatibility.js';
import { connectionOptions } from './mysql/connection-options.js';
import { mysqlDriver } from './mysql/mysql-driver.js';
import { useMysqlQueryRunners } from './mysql/mysql-query-runner.js';
import { queueQueryRunners } from './sqlite/queued-query-runner.js';
import { SqliteDatabase } from './sqlite/sqlite-driver.js';

/** Maximum wait of a transaction or statement for the connection on SQLite. */
const sqliteQueueMs = 5000;

/** Receives TypeORM's log lines about migrations. */
type LogLine = (line: string) => void;

/** Statements are not logged: they contain users' texts. */
function createMigrationLogger(log: LogLine): Logger {
  return {
    logQuery: noop,
    logQueryError: noop,
    logQuerySlow: noop,
    logSchemaBuild: log,
    logMigration: log,
    log: noop,
  };
}

function noop(): void {
  // not logged
}

/** The options of the data source: for the server, the commands, TypeORM's command line and the tests. */
export function dataSourceOptions(config: DatabaseConfig, log: LogLine = noop): DataSourceOptions {
  const common = {
    entities,
    migrations: [
      CreateChatTables1795305600000,
      AddHistory1795392000000,
      AddImports1795482000000,
      AddImportDifferences1795654800000,
      AddDeletedSessions1795741200000,
      WidenClientMessageId1795744800000,
      AddContentBytes1795960800000,
      AddMessageParts1796083200000,
      AddOrganising1796086800000,
      AddFolded1796090400000,
      AddBranches1796094000000,
      AddTrash1796097600000,
      AddPreviews1796101200000,
    ],
    migrationsTableName: migrationsTable,
    synchronize: false,
    logger: createMigrationLogger(log),
  } satisfies Partial<DataSourceOptions>;
  if (config.engine === 'sqlite') {
    return {
      ...common,
      type: 'better-sqlite3',
      database: config.file,
      driver: SqliteDatabase,
      enableWAL: true,
      // One process per file, by a lock of the operating system, which ends with the process.
      prepareDatabase: (database: SqliteDatabase) => {
        database.pragma('locking_mode = EXCLUSIVE');
        database.pragma('synchronous = FULL');
      },
    };
  }
  const { ssl, ...options } = connectionOptions(config, config.connectTimeoutMs);
  const { host, port, password, database, connectTimeout, ...pooled } = options;
  const { charset, supportBigNumbers, bigNumberStrings, ...others } = pooled;
  return {
    ...common,
    type: 'mysql',
    driver: mysqlDriver(config),
    username: config.username,
    ...{ host, port, password, database, connectTimeout, charset, supportBigNumbers, bigNumberStrings },
    ssl,
    timezone: 'Z',
    poolSize: config.poolSize,
    // MySQL commits every DDL statement implicitly.
    migrationsTransactionMode: 'none',
    extra: { maxIdle: config.poolSize, queueLimit: config.queueLimit, ...others },
  };
}

/** Creates the data source without connecting. */
export function createDataSource(config: DatabaseConfig, log: LogLine = noop): DataSource {
  return prepareDataSource(new DataSource(dataSourceOptions(config, log)));
}

/** Creates a data source that reads an SQLite file, and changes nothing in its directory but `-shm`. */
export function createReadOnlyDataSource(config: SqliteConfig): DataSource {
  const { prepareDatabase: _, ...options } = dataSourceOptions(config) as BetterSqlite3DataSourceOptions;
  return prepareDataSource(new DataSource({ ...options, readonly: true, enableWAL: false }));
}

/** Replaces TypeORM's query runners, and forbids queries that would bypass the open transaction. */
export function prepareDataSource(dataSource: DataSource): DataSource {
  if (dataSource.options.type === 'better-sqlite3') {
    queueQueryRunners(dataSource, sqliteQueueMs);
    useSqliteTypes(dataSource);
  } else {
    useMysqlQueryRunners(dataSource);
  }
  forbidQueriesOutsideTransaction(dataSource);
  return dataSource;
}

/** SQLite has one type of integers, texts and bytes each: entities' types of MySQL map to them. */
function useSqliteTypes({ driver }: DataSource): void {
  const normalize = driver.normalizeType.bind(driver);
  driver.normalizeType = (column) => {
    const type = normalize(column);
    if (type === 'bigint') return 'integer';
    if (type === 'mediumblob' || type === 'varbinary') return 'blob';
    return type === 'mediumtext' ? 'text' : type;
  };
}
