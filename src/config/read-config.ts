import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { StartupError, configurationError, exitCodes } from '../common/startup-error.js';
import { isLoopback, withoutBrackets } from '../common/net.js';
import { readHttpUrl } from './urls.js';
import { logLevels, type Config, type HttpConfig } from './config.js';
import { readDatabase } from './read-database.js';
import { readJwt } from './read-jwt.js';
import { readMetrics } from './read-metrics.js';
import { readMoodle } from './read-moodle.js';
import { readQuotas } from './read-quotas.js';
import { readTraces } from './read-traces.js';
import { readPublicUrl } from './read-public-url.js';
import { EnvReader } from './env-reader.js';
import { assertSecretFile, hasSecrets, secretFileName, secretFileWarning } from './secret-files.js';

const envFile = '.env';

/**
 * The environment variables of the process, completed by the file `.env` in the working directory.
 * @throws StartupError when `.env` exists and cannot be read, or has a secret that all users of this machine may read
 */
export function readEnvironment(): Record<string, string | undefined> {
  const file = readEnvFile();
  if (hasSecrets(file)) assertSecretFile(envFile);
  const set = Object.entries(process.env).filter(([, value]) => value !== '');
  return { ...file, ...Object.fromEntries(set) };
}

/** Warnings about files with secrets that others than their owner may read. */
export function secretFileWarnings({ dataDirectory }: Config): string[] {
  const files = [...(hasSecrets(readEnvFile()) ? [envFile] : []), join(dataDirectory, secretFileName)];
  return files.map(secretFileWarning).filter((warning) => warning !== undefined);
}

function readEnvFile(): NodeJS.Dict<string> {
  try {
    // Some editors begin a file with a byte order mark.
    return parseEnv(readFileSync(envFile, 'utf8').replace(/^\ufeff/, ''));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw configurationError(`.env cannot be read: ${(error as Error).message}`);
  }
}

/**
 * Parses and validates the environment variables.
 * @throws StartupError with exit code 78 that names every invalid variable
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const reader = new EnvReader(environment);
  const dataDirectory = resolve(reader.text('DATA_DIR'));
  const http = readHttp(reader);
  const moodle = readMoodle(reader);
  const isReachable = !http.isLoopback || http.allowedHosts.length > 0 || http.trustedProxies.length > 0 || moodle;
  const production =
    reader.oneOf('NODE_ENV', ['', 'production', 'development', 'test']) === 'production' || Boolean(isReachable);
  const config: Config = {
    production,
    http: { ...http, allowLoopbackOrigins: !production },
    drainSeconds: readDrainSeconds(reader, production),
    dataDirectory,
    database: readDatabase(reader, dataDirectory),
    jwt: readJwt(reader, production),
    moodle,
    rateLimits: {
      perOwner: reader.integer('RATE_LIMIT_OWNER', 0, 1_000_000),
      perIp: reader.integer('RATE_LIMIT_ADDRESS', 0, 1_000_000),
      failedLogins: reader.integer('RATE_LIMIT_LOGINS', 0, 1_000_000),
    },
    quotas: readQuotas(reader),
    requestDeadlineMs: reader.integer('REQUEST_DEADLINE_MS', 100, 120_000),
    slowStatementMs: reader.integer('DATABASE_SLOW_STATEMENT_MS', 0, 3_600_000),
    legacy: {
      // Cookies and sesskeys are sent there.
      upstream: readHttpUrl(reader, 'LEGACY_UPSTREAM_URL', {
        allowInsecure: !production,
        insecureMessage: 'must be https:// in production, unless it is loopback',
      }),
      upstreamTimeoutMs: reader.integer('LEGACY_UPSTREAM_SECONDS', 1, 300) * 1000,
    },
    maxContentBytes: reader.integer('CONTENT_MAX_BYTES', 1, 4 * 1024 * 1024),
    replyStaleSeconds: reader.integer('REPLY_STALE_SECONDS', 1, 3600),
    trashDays: reader.integer('TRASH_DAYS', 0, 3650),
    logLevel: reader.oneOf('LOG_LEVEL', logLevels),
    metrics: readMetrics(reader),
    traces: readTraces(reader, production),
    docs: reader.oneOf('DOCS', ['on', 'off']) === 'on',
  };
  if (reader.problems.length > 0) throw new StartupError(reader.problems, exitCodes.configuration);
  return config;
}

/** Nothing sends requests to a server that is only tried out, so it stops at once. */
function readDrainSeconds(reader: EnvReader, production: boolean): number {
  if (reader.optional('DRAIN_SECONDS') !== undefined) return reader.integer('DRAIN_SECONDS', 0, 300);
  return production ? 5 : 0;
}

function readHttp(reader: EnvReader): Omit<HttpConfig, 'allowLoopbackOrigins'> {
  // An IPv6 address may have the brackets of a URL.
  const host = reader.text('HOST').replace(/^\[([0-9a-f:.]+)\]$/i, '$1');
  const isValidHost = isIP(host) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(host);
  if (!isValidHost) reader.addProblem('HOST', 'must be an IP address or a host name');
  const allowedHosts = reader.list('ALLOWED_HOSTS').map((name) => name.toLowerCase());
  for (const name of allowedHosts) {
    if (!/^[a-z0-9._-]+$/.test(name) && isIP(withoutBrackets(name)) === 0) {
      reader.addProblem('ALLOWED_HOSTS', `must be host names without scheme or port, contains ${JSON.stringify(name)}`);
    }
  }
  const allowedOrigins = readOrigins(reader);
  const publicUrl = readPublicUrl(reader);
  return {
    host,
    // A wrong HOST must not lead to problems with production mode.
    isLoopback: !isValidHost || isLoopback(host),
    port: reader.integer('PORT', 0, 65535),
    healthPort: readHealthPort(reader),
    publicUrl,
    allowedHosts: [...allowedHosts, ...(publicUrl ? [publicUrl.hostname] : [])],
    allowedOrigins: [...allowedOrigins, ...(publicUrl ? [publicUrl.origin] : [])],
    trustedProxies: readProxies(reader),
    shutdownSeconds: reader.integer('SHUTDOWN_SECONDS', 1, 300),
  };
}

function readHealthPort(reader: EnvReader): number | undefined {
  if (reader.optional('HEALTH_PORT') === undefined) return undefined;
  const port = reader.integer('HEALTH_PORT', 0, 65535);
  if (port !== 0 && port === Number(reader.text('PORT')))
    reader.addProblem('HEALTH_PORT', 'must be another port than PORT');
  return port;
}

/** Origins are compared as strings, so they must be written as browsers do: without a default port. */
function readOrigins(reader: EnvReader): string[] {
  const origins = reader.list('ALLOWED_ORIGINS');
  for (const origin of origins) {
    const url = URL.canParse(origin) ? new URL(origin) : undefined;
    if (url?.origin === origin && /^https?:\/\/[^*]+$/.test(origin)) continue;
    reader.addProblem(
      'ALLOWED_ORIGINS',
      `must be origins like https://moodle.example.org, ${originRules(origin)}, contains ${JSON.stringify(origin)}`,
    );
  }
  return origins;
}

function originRules(origin: string): string {
  const isUnusual = origin !== origin.toLowerCase() && URL.canParse(origin);
  return isUnusual && new URL(origin).origin === origin.toLowerCase()
    ? 'in lower case, as browsers send them'
    : 'without path, wildcard or default port';
}

/** Networks must not be /0: a trusted proxy decides which client address is used. */
function readProxies(reader: EnvReader): string[] {
  const proxies = reader.list('TRUSTED_PROXIES');
  for (const proxy of proxies) {
    const [address = '', bits, ...more] = proxy.split('/');
    const family = isIP(address);
    const maxBits = family === 6 ? 128 : 32;
    const network = bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= maxBits);
    if (family !== 0 && network && more.length === 0) continue;
    reader.addProblem(
      'TRUSTED_PROXIES',
      `must be addresses or networks, like 10.0.0.0/8, contains ${JSON.stringify(proxy)}`,
    );
  }
  return proxies;
}
