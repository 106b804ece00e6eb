import { join } from 'node:path';
import { withoutBrackets } from './addresses.js';
import type { DatabaseAddress, DatabaseConfig, TlsConfig } from './config.js';
import type { VariableReader } from './reader.js';
import type { VariableName } from './variables.js';

export function readDatabase(reader: VariableReader, dataDirectory: string): DatabaseConfig {
  const migrateAtStart = reader.flag('MIGRATE_AT_START');
  const settings = {
    poolSize: reader.integer('DATABASE_POOL_SIZE', 2, 1000),
    queueLimit: reader.integer('DATABASE_QUEUE_LIMIT', 1, 100_000),
    connectTimeoutMs: reader.integer('DATABASE_CONNECT_TIMEOUT_MS', 100, 60_000),
    lockWaitSeconds: reader.integer('DATABASE_LOCK_WAIT_SECONDS', 1, 60),
    statementSeconds: reader.integer('DATABASE_STATEMENT_SECONDS', 1, 3600),
    ...readTls(reader),
  };
  const url = reader.optional('DATABASE_URL');
  if (url === undefined) return { engine: 'sqlite', file: join(dataDirectory, 'chat-store.sqlite'), migrateAtStart };
  return { engine: 'mysql', ...readDatabaseUrl(reader, 'DATABASE_URL', url), ...settings, migrateAtStart };
}

export function readTls(reader: VariableReader): TlsConfig {
  return {
    tls: reader.oneOf('DATABASE_TLS', ['off', 'verify', 'unverified']),
    tlsCaFile: reader.optional('DATABASE_TLS_CA'),
  };
}

/** The URL carries a password: no problem quotes it. */
export function readDatabaseUrl(reader: VariableReader, name: VariableName, text: string): DatabaseAddress {
  const refuse = (problem: string) => {
    reader.refuse(name, `${problem}; the form is mysql://user:password@host:3306/name`);
    return { host: '', port: 0, username: '', password: '', database: '' };
  };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['mysql:', 'mariadb:'].includes(url.protocol)) return refuse('is not a mysql:// or mariadb:// address');
  if (url.search || url.hash) return refuse('must have nothing after the name (TLS and pool have their own variables)');
  try {
    const database = decodeURIComponent(url.pathname.slice(1));
    if (database === '' || database.includes('/')) return refuse('must name one database');
    if (url.hostname === '') return refuse('must name a host');
    return {
      host: withoutBrackets(url.hostname),
      port: url.port === '' ? 3306 : Number(url.port),
      username: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database,
    };
  } catch {
    return refuse('has a % that is not followed by two hexadecimal digits');
  }
}
