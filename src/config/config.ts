/** What the environment said, parsed and checked. Made once, by `readConfig`; nothing else looks at the environment. */
export interface Config {
  /** `NODE_ENV=production`, or bound to an address that other machines reach: no generated or sample secret then. */
  production: boolean;
  http: HttpConfig;
  /** Holds the embedded database and the generated secret. */
  dataDirectory: string;
  database: DatabaseConfig;
  jwt: JwtConfig;
  legacy: LegacyConfig;
  /** The longest message content, in bytes of UTF-8. */
  contentMaxBytes: number;
  logLevel: LogLevel;
}

export interface HttpConfig {
  host: string;
  /** True when only this machine can reach `host`. */
  loopback: boolean;
  /** 0 lets the system choose a free one. */
  port: number;
  /** Host names, in lower case and without port, that requests may name beside loopback and the bound address. */
  allowedHosts: string[];
  /** Origins of foreign pages that may call, as browsers write them. */
  allowedOrigins: string[];
  /** Seconds that requests in flight get to finish after SIGTERM or SIGINT. */
  shutdownSeconds: number;
}

export type DatabaseConfig = SqliteConfig | MysqlConfig;

export interface SqliteConfig {
  engine: 'sqlite';
  file: string;
  migrateAtStart: boolean;
}

export interface MysqlConfig {
  engine: 'mysql';
  host: string;
  port: number;
  username: string;
  password: string;
  database: string;
  poolSize: number;
  /** Requests that may wait for a connection; the next one is answered 503. */
  queueLimit: number;
  connectTimeoutMs: number;
  lockWaitSeconds: number;
  statementSeconds: number;
  tls: 'off' | 'verify' | 'unverified';
  /** A PEM file of certificate authorities, instead of those of the system. */
  tlsCaFile: string | undefined;
  migrateAtStart: boolean;
}

export interface LegacyConfig {
  /** The original ajax.php, or the Moodle that it belongs to: then a request's own path is added. */
  upstream: URL | undefined;
  /** Milliseconds it gets to answer. */
  upstreamTimeoutMs: number;
}

export interface JwtConfig {
  /** Undefined: one is generated and kept in the data directory. */
  secret: string | undefined;
  issuer: string | undefined;
  audience: string | undefined;
}

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];
