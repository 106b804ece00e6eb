import { logLevels, traceSamplers } from './config.js';

/**
 * Every environment variable of the server and its commands, with its default and description.
 * A test compares this list with `.env.example` and with the documentation.
 */
export const envVariables = {
  HOST: {
    default: '127.0.0.1',
    description:
      'Address to listen on; `::` for all IPv4 and IPv6 addresses. Any address other than loopback enables production mode.',
  },
  PORT: { default: '3000', description: 'Port to listen on, 0 to 65535; 0 lets the system choose a free port.' },
  HEALTH_PORT: {
    default: '',
    description:
      'Another port of HOST, on which only /livez and /readyz answer, from the start on; PORT then opens when the server is ready (docs/moodle.md). 0 to 65535.',
  },
  DATA_DIR: { default: './data', description: 'Directory for the SQLite database and the generated secret.' },
  DATABASE_URL: {
    default: '',
    description: 'mysql://user:password@host:3306/name for MariaDB or MySQL. Empty: SQLite in DATA_DIR.',
  },
  DATABASE_POOL_SIZE: { default: '10', description: 'Size of the connection pool of MariaDB or MySQL, 2 to 1000.' },
  DATABASE_QUEUE_LIMIT: {
    default: '200',
    description: 'Maximum number of statements that wait for a connection, 1 to 100000; further requests get 503.',
  },
  DATABASE_CONNECT_TIMEOUT_MS: {
    default: '5000',
    description: 'Timeout for connecting to the database, in milliseconds, 100 to 60000.',
  },
  DATABASE_LOCK_WAIT_SECONDS: {
    default: '5',
    description: 'Maximum time that a statement waits for a lock, in seconds, 1 to 60.',
  },
  DATABASE_STATEMENT_SECONDS: {
    default: '30',
    description: 'Maximum running time of a statement, in seconds, 1 to 3600.',
  },
  DATABASE_SLOW_STATEMENT_MS: {
    default: '1000',
    description:
      'Statements that take longer are logged, by verb and table, without values, in milliseconds, 0 to 3600000; 0: none.',
  },
  REQUEST_DEADLINE_MS: {
    default: '10000',
    description:
      'Maximum time of all work in the database for one request, with its waiting and retries, in milliseconds, 100 to 120000; then 503. While the server is busy, a request waits for at most half of it before anything is done for it.',
  },
  DATABASE_TLS: {
    default: 'off',
    description: 'TLS to MariaDB or MySQL: off, verify (checks the certificate) or unverified (encrypts only).',
  },
  DATABASE_TLS_CA: {
    default: '',
    description:
      'PEM file of the certificate authority; needs DATABASE_TLS=verify. Empty: the authorities of the system.',
  },
  IMPORT_FROM: {
    default: '',
    description:
      "For `npm run import:moodle` alone: Moodle's database, mysql://user:password@host:3306/moodle (docs/migration.md).",
  },
  MIGRATE_AT_START: { default: 'true', description: 'Run pending migrations at startup: true or false.' },
  DATABASE_SHARED: {
    default: 'false',
    description: 'Create the tables in a database that already has tables of other programs: true or false.',
  },
  DATABASE_DURABILITY: {
    default: 'full',
    description:
      'full: in production the server refuses a MariaDB or MySQL whose innodb_flush_log_at_trx_commit is 0 or 2. relaxed: it accepts that a power cut or a crash of that machine takes up to a second of acknowledged messages with it, or more.',
  },
  AUTH: {
    default: 'jwt',
    description:
      'jwt: callers send tokens. moodle: pages may also use their Moodle login, as unchanged pages of the plugin must (docs/moodle.md); enables production mode.',
  },
  JWT_SECRET: {
    default: '',
    description:
      'Secret of HS256 tokens, at least 32 bytes of UTF-8. Empty: a secret is generated and stored in DATA_DIR.',
  },
  JWT_SECRET_PREVIOUS: {
    default: '',
    description:
      'The secret before the last change of JWT_SECRET: tokens that were signed with it stay valid, and no new ones are signed with it (docs/operations.md).',
  },
  JWT_PUBLIC_KEY: {
    default: '',
    description:
      'Instead of JWT_SECRET: the public key of RS256, ES256 or EdDSA tokens, as PEM or as the path of a PEM file.',
  },
  JWKS_URL: {
    default: '',
    description:
      'Instead of JWT_SECRET: URL of the JSON Web Key Set with the public keys of tokens, https:// or loopback.',
  },
  JWT_ISSUER: { default: '', description: 'If set, tokens must have this `iss` claim.' },
  JWT_AUDIENCE: { default: '', description: 'If set, tokens must have this `aud` claim.' },
  JWT_MAX_AGE_SECONDS: {
    default: '604800',
    description: 'Maximum token age in seconds, regardless of `exp`, up to 315360000; 0: no limit.',
  },
  JWT_CLOCK_TOLERANCE_SECONDS: {
    default: '60',
    description: "How far the clock of a token's issuer may differ from this server's, in seconds, 0 to 600.",
  },
  MOODLE_URL: { default: '', description: 'With AUTH=moodle: base URL of Moodle, https:// or loopback.' },
  MOODLE_AJAX_URL: {
    default: '',
    description:
      'With AUTH=moodle: URL of the original ajax.php that does not lead to this server, https:// or loopback.',
  },
  MOODLE_COOKIE: {
    default: 'MoodleSession',
    description: "Name of Moodle's session cookie; no other cookie is read or passed on.",
  },
  MOODLE_DATABASE_URL: {
    default: '',
    description:
      "With AUTH=moodle: URL of Moodle's database; the user needs to read only the tables course_modules and modules.",
  },
  MOODLE_DB_PREFIX: {
    default: 'mdl_',
    description: "Prefix of Moodle's tables; `none` for no prefix.",
  },
  MOODLE_GUEST_ID: {
    default: '1',
    description: "User id of Moodle's guest account, which visitors share and which therefore gets no chats.",
  },
  MOODLE_SECONDS: {
    default: '5',
    description:
      "Time after which a check that Moodle has not answered leaves the queue's capacity, and timeout of Moodle's database, in seconds, 1 to 30.",
  },
  MOODLE_LOCK_SECONDS: {
    default: '125',
    description:
      "Maximum time that a caller waits for Moodle's answer, which may wait for the lock of the session, in seconds, 1 to 300.",
  },
  MOODLE_REMEMBER_SECONDS: {
    default: '60',
    description: 'How long a successful check by Moodle is cached, in seconds, 0 to 300.',
  },
  MOODLE_STALE_SECONDS: {
    default: '180',
    description:
      'How long the result of a successful check is used after MOODLE_REMEMBER_SECONDS while Moodle is asked again, in seconds, 0 to 600; 0, or MOODLE_REMEMBER_SECONDS=0: not at all.',
  },
  MOODLE_TOKEN_SECONDS: {
    default: '900',
    description:
      'Lifetime of a token that was exchanged for a Moodle login, in seconds, 60 to 43200; at most JWT_MAX_AGE_SECONDS.',
  },
  RATE_LIMIT_OWNER: { default: '600', description: 'Requests per minute for one user in one activity; 0: no limit.' },
  RATE_LIMIT_ADDRESS: {
    default: '6000',
    description:
      'Requests per minute from one IP address that do not authenticate: without a credential, or with a bad one; 0: no limit.',
  },
  RATE_LIMIT_LOGINS: {
    default: '300',
    description:
      'Failed logins per minute from one IP address; further failures get 429, valid logins never do. 0: no limit.',
  },
  QUOTA_OWNER_MB: {
    default: '1024',
    description: 'Contents of all messages of one user in one activity, in MiB, up to 1000000; 0: no limit.',
  },
  QUOTA_OWNER_SESSIONS: {
    default: '10000',
    description: 'Number of chats of one user in one activity, up to 1000000; 0: no limit.',
  },
  QUOTA_OWNER_MESSAGES: {
    default: '1000000',
    description: 'Number of messages of one user in one activity, up to 1000000000; 0: no limit.',
  },
  QUOTA_OWNER_MB_PER_MINUTE: {
    default: '64',
    description: 'Contents that one user in one activity may save per minute, in MiB, up to 1000000; 0: no limit.',
  },
  PUBLIC_URL: {
    default: '',
    description:
      'URL under which a reverse proxy publishes this server, like https://site.example/chat-api (docs/proxy.md): its path begins every URL in an answer, its host and origin are allowed. Enables production mode.',
  },
  TRUSTED_PROXIES: {
    default: '',
    description:
      'Comma-separated IP addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Prefix are trusted, like 10.0.0.0/8. Enables production mode.',
  },
  ALLOWED_HOSTS: {
    default: '',
    description:
      'Comma-separated host names that requests may use, besides loopback and the bound address. Enables production mode.',
  },
  ALLOWED_ORIGINS: {
    default: '',
    description:
      'Comma-separated origins of other sites whose pages may call this server, like https://moodle.example.org.',
  },
  LEGACY_UPSTREAM_URL: {
    default: '',
    description:
      'URL of the original ajax.php, or base URL of its Moodle: unknown actions of the legacy endpoint are proxied there.',
  },
  LEGACY_UPSTREAM_SECONDS: {
    default: '130',
    description:
      'Timeout of a proxied request, in seconds, 1 to 300. The original waits for the AI for up to 120 seconds.',
  },
  CONTENT_MAX_BYTES: {
    default: '1048576',
    description:
      'Maximum content of a message in bytes of UTF-8, 1 to 4194304, and of its payload; the limit of a body is seven times this plus 64 KiB.',
  },
  REPLY_STALE_SECONDS: {
    default: '60',
    description:
      'After how many seconds without a chunk a message that is still written reads as incomplete, and another client may go on, 1 to 3600.',
  },
  TRASH_DAYS: {
    default: '30',
    description:
      'For how many days what is deleted can be restored (docs/trash.md), 0 to 3650; 0: not at all, it is purged at once.',
  },
  METRICS: {
    default: 'off',
    description:
      'off or on: serve metrics for Prometheus at /metrics, on HEALTH_PORT and, with METRICS_TOKEN, on PORT (docs/operations.md).',
  },
  METRICS_TOKEN: {
    default: '',
    description:
      'Bearer token of /metrics on PORT, at least 16 characters. Empty: /metrics only on HEALTH_PORT, where it needs none.',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    default: '',
    description:
      'Base URL of an OpenTelemetry receiver (OTLP over HTTP with JSON, usually port 4318), to which traces are sent; /v1/traces is added. Empty: no traces (docs/traces.md).',
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    default: '',
    description:
      'Headers for that receiver, like a key: comma-separated name=value, special characters percent-encoded.',
  },
  OTEL_SERVICE_NAME: { default: 'writeassistdev-chat-store', description: 'Name of this service in traces.' },
  OTEL_TRACES_SAMPLER: {
    default: 'parentbased_always_on',
    description: `Which traces are sent: ${traceSamplers.join(', ')}. With parentbased_ the traceparent of the request decides if it has one.`,
  },
  OTEL_TRACES_SAMPLER_ARG: {
    default: '1',
    description: 'The share of traces that the samplers with traceidratio send, 0 to 1.',
  },
  OTEL_BSP_SCHEDULE_DELAY: {
    default: '2000',
    description: 'How long traces are collected before they are sent, in ms, 10 to 60000.',
  },
  DOCS: {
    default: 'on',
    description: 'Serve /docs, /openapi.json and /documentation: on or off.',
  },
  LOG_LEVEL: { default: 'info', description: `Minimum log level: ${logLevels.join(', ')}.` },
  DRAIN_SECONDS: {
    default: '',
    description:
      'Time after SIGTERM in which the server answers requests but reports that it is not ready, so that a load balancer stops sending to it, in seconds, 0 to 300. Empty: 5 in production, 0 otherwise.',
  },
  SHUTDOWN_SECONDS: {
    default: '10',
    description: 'Time that requests in flight get to finish after SIGTERM and DRAIN_SECONDS, in seconds, 1 to 300.',
  },
  NODE_ENV: {
    default: '',
    description:
      'production requires your own secret, whatever the address. The other values are empty, development and test.',
  },
} as const satisfies Record<string, { default: string; description: string }>;

export type VariableName = keyof typeof envVariables;

/** Variables with the URL of a database, which may have a password. */
export const databaseUrls: readonly VariableName[] = ['DATABASE_URL', 'MOODLE_DATABASE_URL', 'IMPORT_FROM'];
