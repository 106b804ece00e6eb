import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { StartupError, exitCodes } from '../common/startup-error.js';
import { logLevels, type Config, type DatabaseConfig, type HttpConfig, type JwtConfig } from './config.js';
import { VariableReader } from './reader.js';

/** What stands in documentation and tutorials, ours and others', is known to everybody: no secret. */
const sampleSecrets = [
  /secret|password|change.?me|example|sample|at.?least|characters/i,
  /your.?(jwt|256)/i,
  /0123456789|abcdefghij/i,
  /^(.{1,8})\1+$/,
];

const loopbackAddresses = new BlockList();
loopbackAddresses.addSubnet('127.0.0.0', 8, 'ipv4');
loopbackAddresses.addAddress('::1', 'ipv6');

/** The variables of the process, and those of the file `.env` in the working directory that the process does not set. */
export function readEnvironment(): Record<string, string | undefined> {
  let file: NodeJS.Dict<string> = {};
  try {
    file = parseEnv(readFileSync('.env', 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new StartupError([`.env cannot be read: ${(error as Error).message}`], exitCodes.configuration);
    }
  }
  const set = Object.entries(process.env).filter(([, value]) => value !== '');
  return { ...file, ...Object.fromEntries(set) };
}

/** @throws StartupError naming every wrong variable, exit code 78 (EX_CONFIG of sysexits.h). */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const reader = new VariableReader(environment);
  const dataDirectory = resolve(reader.text('DATA_DIR'));
  const http = readHttp(reader);
  const production =
    reader.oneOf('NODE_ENV', ['', 'production', 'development', 'test']) === 'production' || !http.loopback;
  const config: Config = {
    production,
    http,
    dataDirectory,
    database: readDatabase(reader, dataDirectory),
    jwt: readJwt(reader, production),
    legacy: {
      upstream: readUpstream(reader, production),
      upstreamTimeoutMs: reader.integer('LEGACY_UPSTREAM_SECONDS', 1, 110) * 1000,
    },
    contentMaxBytes: reader.integer('CONTENT_MAX_BYTES', 1, 4 * 1024 * 1024),
    logLevel: reader.oneOf('LOG_LEVEL', logLevels),
  };
  if (reader.problems.length > 0) throw new StartupError(reader.problems, exitCodes.configuration);
  return config;
}

function readHttp(reader: VariableReader): HttpConfig {
  const host = reader.text('HOST');
  if (isIP(host) === 0 && !/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(host)) {
    reader.refuse('HOST', 'must be an IP address or a host name');
  }
  const allowedHosts = reader.list('ALLOWED_HOSTS').map((name) => name.toLowerCase());
  for (const name of allowedHosts) {
    if (!/^[a-z0-9.-]+$/.test(name) && isIP(withoutBrackets(name)) === 0) {
      reader.refuse('ALLOWED_HOSTS', `must be host names without scheme or port, has ${JSON.stringify(name)}`);
    }
  }
  return {
    host,
    loopback: isLoopback(host),
    port: reader.integer('PORT', 0, 65535),
    allowedHosts,
    allowedOrigins: readOrigins(reader),
    shutdownSeconds: reader.integer('SHUTDOWN_SECONDS', 1, 300),
  };
}

/** As browsers write them: a port only where it is not the scheme's own. */
function readOrigins(reader: VariableReader): string[] {
  const origins = reader.list('ALLOWED_ORIGINS');
  for (const origin of origins) {
    const url = URL.canParse(origin) ? new URL(origin) : undefined;
    if (url?.origin === origin && /^https?:\/\/[^*]+$/.test(origin)) continue;
    reader.refuse(
      'ALLOWED_ORIGINS',
      `must be origins like https://moodle.example.org, without path, star or default port, has ${JSON.stringify(origin)}`,
    );
  }
  return origins;
}

/** Cookies and sesskeys go there: not in the clear over a network. */
function readUpstream(reader: VariableReader, production: boolean): URL | undefined {
  const text = reader.optional('LEGACY_UPSTREAM_URL');
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.password || url.search || url.hash) {
    reader.refuse(
      'LEGACY_UPSTREAM_URL',
      'must be an http:// or https:// address without user, query or fragment, like https://moodle.example.org',
    );
  } else if (production && url.protocol === 'http:' && !isLoopback(withoutBrackets(url.hostname))) {
    reader.refuse('LEGACY_UPSTREAM_URL', 'must be https:// in production, unless it is loopback');
  }
  return url;
}

/** An IPv6 address stands in brackets where a port may follow it. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

/** True for the name localhost and for the addresses 127.0.0.0/8 and ::1. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host.toLowerCase() === 'localhost';
  return loopbackAddresses.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

function readDatabase(reader: VariableReader, dataDirectory: string): DatabaseConfig {
  const migrateAtStart = reader.flag('MIGRATE_AT_START');
  const settings = {
    poolSize: reader.integer('DATABASE_POOL_SIZE', 2, 1000),
    queueLimit: reader.integer('DATABASE_QUEUE_LIMIT', 1, 100_000),
    connectTimeoutMs: reader.integer('DATABASE_CONNECT_TIMEOUT_MS', 100, 60_000),
    lockWaitSeconds: reader.integer('DATABASE_LOCK_WAIT_SECONDS', 1, 60),
    statementSeconds: reader.integer('DATABASE_STATEMENT_SECONDS', 1, 3600),
    tls: reader.oneOf('DATABASE_TLS', ['off', 'verify', 'unverified']),
    tlsCaFile: reader.optional('DATABASE_TLS_CA'),
  };
  const url = reader.optional('DATABASE_URL');
  if (url === undefined) return { engine: 'sqlite', file: join(dataDirectory, 'chat-store.sqlite'), migrateAtStart };
  return { engine: 'mysql', ...readDatabaseUrl(reader, url), ...settings, migrateAtStart };
}

/** The URL carries a password: no problem quotes it. */
function readDatabaseUrl(reader: VariableReader, text: string) {
  const refuse = (problem: string) => {
    reader.refuse('DATABASE_URL', `${problem}; the form is mysql://user:password@host:3306/name`);
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

function readJwt(reader: VariableReader, production: boolean): JwtConfig {
  const secret = reader.optional('JWT_SECRET');
  if (secret === undefined) {
    if (production) {
      reader.refuse(
        'JWT_SECRET',
        'is required in production and when HOST is not loopback; a generated one is for trying out',
      );
    }
  } else if (Buffer.byteLength(secret) < 32) {
    reader.refuse('JWT_SECRET', `must be 32 bytes of UTF-8 or more, is ${Buffer.byteLength(secret)}`);
  } else if (production && sampleSecrets.some((sample) => sample.test(secret))) {
    reader.refuse('JWT_SECRET', 'looks like a sample; make one with: openssl rand -base64 48');
  }
  return { secret, issuer: reader.optional('JWT_ISSUER'), audience: reader.optional('JWT_AUDIENCE') };
}
