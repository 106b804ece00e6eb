import type { KeyObject } from 'node:crypto';

/** The validated configuration. `readConfig` creates it; no other code reads environment variables. */
export interface Config {
  /**
   * True with `NODE_ENV=production` and whenever other machines may reach the server: HOST is not loopback, or
   * PUBLIC_URL, ALLOWED_HOSTS, TRUSTED_PROXIES or AUTH=moodle is set. Generated and sample secrets are rejected then.
   */
  production: boolean;
  http: HttpConfig;
  /** Seconds after SIGTERM in which requests are answered, but the server reports that it is not ready. */
  drainSeconds: number;
  /** Absolute path of the directory for the SQLite database and the generated secret. */
  dataDirectory: string;
  database: DatabaseConfig;
  jwt: JwtConfig;
  /** Set with `AUTH=moodle`: Moodle authenticates the callers of the legacy endpoint. */
  moodle: MoodleConfig | undefined;
  rateLimits: RateLimitsConfig;
  quotas: QuotasConfig;
  /** Maximum time of all work in the database for one request, in ms. */
  requestDeadlineMs: number;
  legacy: LegacyConfig;
  /** Statements that take longer are logged, by their name, in ms; 0: none. */
  slowStatementMs: number;
  /** Maximum length of a message content in bytes of UTF-8. */
  maxContentBytes: number;
  /** A message that is written in chunks reads as incomplete after so many seconds without one. */
  replyStaleSeconds: number;
  /** For so many days what is deleted can be restored; 0 for not at all. */
  trashDays: number;
  logLevel: LogLevel;
  /** Undefined: no metrics. */
  metrics: MetricsConfig | undefined;
  /** Undefined: no traces. */
  traces: TracesConfig | undefined;
  /** Whether Swagger UI, the OpenAPI document and the documentation are served. */
  docs: boolean;
}

export interface HttpConfig {
  host: string;
  /** True if only this machine can reach `host`. */
  isLoopback: boolean;
  /** 0 to 65535; 0 lets the system choose a free port. */
  port: number;
  /** A port for `/livez` and `/readyz` alone, like `port`; the main port then opens when the server is ready. */
  healthPort: number | undefined;
  /** The URL under which a reverse proxy publishes the server; its path is a plain one. */
  publicUrl: URL | undefined;
  /** Host names in lower case and without port that are accepted in `Host`, besides loopback and the bound address. */
  allowedHosts: string[];
  /** Other origins whose pages may call the server, as in the `Origin` header. */
  allowedOrigins: string[];
  /** Whether pages of this machine may call it, whatever their port: outside production. */
  allowLoopbackOrigins: boolean;
  /** IP addresses and CIDR networks of proxies whose `X-Forwarded-For` and `X-Forwarded-Prefix` are trusted. */
  trustedProxies: string[];
  /** Seconds to wait for requests in flight after SIGTERM and `drainSeconds`, or after SIGINT. */
  shutdownSeconds: number;
}

export type DatabaseConfig = SqliteConfig | MysqlConfig;

/** Server, database and credentials of a MariaDB or MySQL connection. */
export interface MysqlConnection {
  host: string;
  port: number;
  username: string;
  password: string;
  database: string;
}

export interface TlsConfig {
  tls: 'off' | 'verify' | 'unverified';
  /** PEM file of certificate authorities to use instead of those of the system. */
  tlsCaFile: string | undefined;
}

export interface SqliteConfig {
  engine: 'sqlite';
  file: string;
  migrateAtStart: boolean;
  /** Whether the database may have tables of other programs. */
  shared: boolean;
}

export interface MysqlConfig extends MysqlConnection, TlsConfig {
  engine: 'mysql';
  poolSize: number;
  /** Maximum number of requests that wait for a connection; further requests get 503. */
  queueLimit: number;
  connectTimeoutMs: number;
  lockWaitSeconds: number;
  statementSeconds: number;
  /** `relaxed`: commits that are not on the disk yet are accepted in production, too. */
  durability: 'full' | 'relaxed';
  migrateAtStart: boolean;
  /** Whether the database may have tables of other programs. */
  shared: boolean;
}

export interface LegacyConfig {
  /** URL of the original ajax.php, or of its Moodle, to which the path of the request is added. */
  upstream: URL | undefined;
  /** Timeout of a proxied request, in ms. */
  upstreamTimeoutMs: number;
}

export interface JwtConfig {
  keys: JwtKeys;
  issuer: string | undefined;
  audience: string | undefined;
  /** Maximum token age in seconds, regardless of `exp`; 0 for no limit. */
  maxAgeSeconds: number;
  /** How far the clock of the issuer may differ, in seconds. */
  clockToleranceSeconds: number;
}

/** The keys to verify tokens with. Only one kind is allowed, so that a public key can never be used as an HMAC secret. */
export type JwtKeys =
  | {
      kind: 'secret';
      /** Undefined: a secret is generated and stored in the data directory. */
      secret: string | undefined;
      /** Verifies tokens as well, and signs none. */
      previousSecret: string | undefined;
    }
  | { kind: 'public-key'; key: KeyObject; algorithm: PublicKeyAlgorithm }
  | { kind: 'jwks'; url: URL };

export const publicKeyAlgorithms = ['RS256', 'ES256', 'EdDSA'] as const;
export type PublicKeyAlgorithm = (typeof publicKeyAlgorithms)[number];

export interface MoodleConfig {
  /** Base URL of Moodle, without a trailing slash. */
  url: string;
  /** URL of the plugin's original ajax.php. */
  ajaxUrl: string;
  /** Name of the plugin in `ajaxUrl` and in Moodle's table `modules`. */
  plugin: string;
  /** Name of Moodle's session cookie. */
  cookie: string;
  database: MysqlConnection & TlsConfig;
  /** Prefix of Moodle's table names; may be empty. */
  prefix: string;
  /** User id of Moodle's guest account, which all visitors without an account share. */
  guestId: number;
  /** Timeout of Moodle's database, and the time after which a check that Moodle has not answered counts as hanging, in ms. */
  timeoutMs: number;
  /** Maximum time that a caller waits for a check, in ms. */
  maxWaitMs: number;
  /** How long a successful check is cached, in ms. */
  cacheMs: number;
  /** How long it is used after that while Moodle is asked again, in ms. */
  staleMs: number;
  /** Lifetime of tokens that the token exchange issues, in seconds. */
  tokenSeconds: number;
}

/** Limits per minute; 0 for no limit. */
export interface RateLimitsConfig {
  perOwner: number;
  perIp: number;
  /** Failed logins per IP address. */
  failedLogins: number;
}

export interface MetricsConfig {
  /** The bearer token of `/metrics` on the main port; undefined: only on the health port, which needs none. */
  token: string | undefined;
}

/** The names that OpenTelemetry gives to the decisions whether a trace is recorded. The default comes first. */
export const traceSamplers = [
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
  'always_on',
  'always_off',
  'traceidratio',
] as const;

export interface TracesConfig {
  /** Where the spans are sent, with the path. */
  url: URL;
  /** Sent with them; usually a key. */
  headers: Record<string, string>;
  serviceName: string;
  sampler: (typeof traceSamplers)[number];
  /** The share of traces that the samplers with `traceidratio` record, 0 to 1. */
  ratio: number;
  /** How long spans are collected before they are sent, in ms. */
  sendingIntervalMs: number;
}

/** What one owner may store; 0 for no limit. */
export interface QuotasConfig {
  /** Contents of messages in bytes of UTF-8. */
  bytes: number;
  sessions: number;
  messages: number;
  /** Bytes of messages saved in a minute. */
  bytesPerMinute: number;
}

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];
