import type { KeyObject } from 'node:crypto';

/** What the environment said, parsed and checked. Made once, by `readConfig`; nothing else looks at the environment. */
export interface Config {
  /**
   * `NODE_ENV=production`, or others may reach the server: by the address that it is bound to, by names of its own or
   * through a proxy, or with Moodle's logins. No generated or sample secret then.
   */
  production: boolean;
  http: HttpConfig;
  /** Holds the embedded database and the generated secret. */
  dataDirectory: string;
  database: DatabaseConfig;
  jwt: JwtConfig;
  /** Set where Moodle itself is asked who calls the legacy endpoint (`AUTH=moodle`). */
  moodle: MoodleConfig | undefined;
  rateLimits: RateLimitsConfig;
  legacy: LegacyConfig;
  /** The longest message content, in bytes of UTF-8. */
  contentMaxBytes: number;
  logLevel: LogLevel;
}

export interface HttpConfig {
  host: string;
  /** True when only this machine can reach `host`. */
  isLoopback: boolean;
  /** 0 lets the system choose a free one. */
  port: number;
  /** Host names, in lower case and without port, that requests may name beside loopback and the bound address. */
  allowedHosts: string[];
  /** Origins of foreign pages that may call, as browsers write them. */
  allowedOrigins: string[];
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. */
  trustedProxies: string[];
  /** Seconds that requests in flight get to finish after SIGTERM or SIGINT. */
  shutdownSeconds: number;
}

export type DatabaseConfig = SqliteConfig | MysqlConfig;

/** Where a database of MySQL's kind is, and as whom. */
export interface MysqlConnection {
  host: string;
  port: number;
  username: string;
  password: string;
  database: string;
}

export interface TlsConfig {
  tls: 'off' | 'verify' | 'unverified';
  /** A PEM file of certificate authorities, instead of those of the system. */
  tlsCaFile: string | undefined;
}

export interface SqliteConfig {
  engine: 'sqlite';
  file: string;
  migrateAtStart: boolean;
}

export interface MysqlConfig extends MysqlConnection, TlsConfig {
  engine: 'mysql';
  poolSize: number;
  /** Requests that may wait for a connection; the next one is answered 503. */
  queueLimit: number;
  connectTimeoutMs: number;
  lockWaitSeconds: number;
  statementSeconds: number;
  migrateAtStart: boolean;
}

export interface LegacyConfig {
  /** The original ajax.php, or the Moodle that it belongs to: then a request's own path is added. */
  upstream: URL | undefined;
  /** Milliseconds it gets to answer. */
  upstreamTimeoutMs: number;
}

export interface JwtConfig {
  keys: JwtKeys;
  issuer: string | undefined;
  audience: string | undefined;
  /** Seconds for which a token is taken at most, whatever it says; 0 for no limit. */
  maxAgeSeconds: number;
}

/** What tokens are checked with. Never two of them: a public key must not be taken for a secret. */
export type JwtKeys =
  | { kind: 'secret'; /** Undefined: one is generated and kept in the data directory. */ secret: string | undefined }
  | { kind: 'public-key'; key: KeyObject; algorithm: PublicKeyAlgorithm }
  | { kind: 'jwks'; url: URL };

export const publicKeyAlgorithms = ['RS256', 'ES256', 'EdDSA'] as const;
export type PublicKeyAlgorithm = (typeof publicKeyAlgorithms)[number];

export interface MoodleConfig {
  /** Of Moodle itself, without a slash at its end. */
  url: string;
  /** The plugin's original ajax.php. */
  ajaxUrl: string;
  /** The plugin's name, as it stands in that address and in Moodle's table `modules`. */
  plugin: string;
  /** The name of the cookie of Moodle's sessions. */
  cookie: string;
  database: MysqlConnection & TlsConfig;
  /** What Moodle's tables begin with. */
  prefix: string;
  /** The user whom all visitors without an account share. */
  guestId: number;
  /** Milliseconds that each of Moodle's answers may take. */
  timeoutMs: number;
  /** Milliseconds for which its yes is remembered. */
  cacheMs: number;
  /** Seconds for which a token is good that a login is traded for. */
  tokenSeconds: number;
}

/** Requests a minute; 0 for no limit. */
export interface RateLimitsConfig {
  perOwner: number;
  perIp: number;
  /** Failed logins. */
  failedLogins: number;
}

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];
