import { join } from 'node:path';
import type { MysqlConnection, DatabaseConfig, TlsConfig } from './config.js';
import { parseDatabaseUrl } from './database-url.js';
import type { EnvReader } from './env-reader.js';
import type { VariableName } from './env-variables.js';

/** Name of the SQLite database in the data directory. */
export const sqliteFileName = 'chat-store.sqlite';

/** SQLite in the data directory, or MariaDB or MySQL if DATABASE_URL is set. */
export function readDatabase(reader: EnvReader, dataDirectory: string): DatabaseConfig {
  const common = { migrateAtStart: reader.flag('MIGRATE_AT_START'), shared: reader.flag('DATABASE_SHARED') };
  const settings = {
    poolSize: reader.integer('DATABASE_POOL_SIZE', 2, 1000),
    queueLimit: reader.integer('DATABASE_QUEUE_LIMIT', 1, 100_000),
    connectTimeoutMs: reader.integer('DATABASE_CONNECT_TIMEOUT_MS', 100, 60_000),
    lockWaitSeconds: reader.integer('DATABASE_LOCK_WAIT_SECONDS', 1, 60),
    statementSeconds: reader.integer('DATABASE_STATEMENT_SECONDS', 1, 3600),
    durability: reader.oneOf('DATABASE_DURABILITY', ['full', 'relaxed']),
    ...readTls(reader),
  };
  const url = reader.optional('DATABASE_URL');
  if (url === undefined) return { engine: 'sqlite', file: join(dataDirectory, sqliteFileName), ...common };
  return { engine: 'mysql', ...readDatabaseUrl(reader, 'DATABASE_URL', url), ...settings, ...common };
}

/** The TLS settings, which apply to this server's own database and to Moodle's. */
export function readTls(reader: EnvReader): TlsConfig {
  const tls = reader.oneOf('DATABASE_TLS', ['off', 'verify', 'unverified']);
  const tlsCaFile = reader.optional('DATABASE_TLS_CA');
  if (tlsCaFile !== undefined && tls !== 'verify') reader.addProblem('DATABASE_TLS_CA', 'needs DATABASE_TLS=verify');
  return { tls, tlsCaFile };
}

/** Parses a database URL and adds a problem if it is invalid; the result is empty then. */
export function readDatabaseUrl(reader: EnvReader, name: VariableName, text: string): MysqlConnection {
  const connection = parseDatabaseUrl(text);
  if (typeof connection !== 'string') return connection;
  reader.addProblem(name, connection);
  return { host: '', port: 0, username: '', password: '', database: '' };
}
