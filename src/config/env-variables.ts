import { logLevels } from './config.js';

/**
 * Every variable of the environment that this program reads, with its default and its explanation.
 * `.env.example` and the README's table are compared with this list by a test.
 */
export const envVariables = {
  HOST: { default: '127.0.0.1', description: 'Address to listen on. Anything but loopback counts as production.' },
  PORT: { default: '3000', description: 'Port to listen on, 0 to 65535; 0 lets the system choose.' },
  DATA_DIR: { default: './data', description: 'Folder of the embedded database and of the generated secret.' },
  DATABASE_URL: {
    default: '',
    description: 'mysql://user:password@host:3306/name for MariaDB or MySQL. Empty: embedded SQLite in DATA_DIR.',
  },
  DATABASE_POOL_SIZE: { default: '10', description: 'Connections to MariaDB or MySQL, 2 to 1000.' },
  DATABASE_QUEUE_LIMIT: {
    default: '200',
    description: 'Statements that may wait for a connection, 1 to 100000; more are answered 503.',
  },
  DATABASE_CONNECT_TIMEOUT_MS: { default: '5000', description: 'Milliseconds to wait for a connection, 100 to 60000.' },
  DATABASE_LOCK_WAIT_SECONDS: { default: '5', description: 'Seconds a statement waits for a lock, 1 to 60.' },
  DATABASE_STATEMENT_SECONDS: { default: '30', description: 'Seconds a statement may run, 1 to 3600.' },
  DATABASE_TLS: {
    default: 'off',
    description: 'TLS to MariaDB or MySQL: off, verify (checks the certificate), or unverified.',
  },
  DATABASE_TLS_CA: {
    default: '',
    description: 'PEM file of the certificate authority that signed the server, for verify.',
  },
  MIGRATE_AT_START: { default: 'true', description: 'Run outstanding migrations at start: true or false.' },
  AUTH: {
    default: 'jwt',
    description:
      'jwt: callers bring tokens. moodle: pages may also call by their Moodle login (docs/moodle.md); counts as production.',
  },
  JWT_SECRET: {
    default: '',
    description: 'Secret of the HS256 tokens, 32 bytes of UTF-8 or more. Empty: one is generated and kept in DATA_DIR.',
  },
  JWT_PUBLIC_KEY: {
    default: '',
    description:
      'Instead of a secret: the public key of tokens of RS256, ES256 or EdDSA, as PEM or the path of its file.',
  },
  JWKS_URL: {
    default: '',
    description: 'Instead of a secret: where the public keys of tokens are published, https:// or loopback.',
  },
  JWT_ISSUER: { default: '', description: 'When set, tokens must carry this `iss`.' },
  JWT_AUDIENCE: { default: '', description: 'When set, tokens must carry this `aud`.' },
  JWT_MAX_AGE_SECONDS: {
    default: '604800',
    description: 'Seconds for which a token is taken at most, whatever it says, to 315360000; 0: no limit.',
  },
  MOODLE_URL: { default: '', description: "With AUTH=moodle: Moodle's address, https:// or loopback." },
  MOODLE_AJAX_URL: {
    default: '',
    description: 'With AUTH=moodle: the original ajax.php, by an address that does not lead here.',
  },
  MOODLE_COOKIE: {
    default: 'MoodleSession',
    description: "The name of Moodle's cookie; no other one is read or passed on.",
  },
  MOODLE_DATABASE_URL: {
    default: '',
    description: "With AUTH=moodle: Moodle's database, by a user who may only read course_modules and modules.",
  },
  MOODLE_DB_PREFIX: {
    default: 'mdl_',
    description: "What the names of Moodle's tables begin with; none for no prefix.",
  },
  MOODLE_GUEST_ID: { default: '1', description: "The id of Moodle's guest user, who has no chats: it is everybody." },
  MOODLE_SECONDS: { default: '5', description: "Seconds that each of Moodle's answers may take, 1 to 30." },
  MOODLE_REMEMBER_SECONDS: { default: '60', description: "Seconds for which Moodle's yes is remembered, 0 to 300." },
  MOODLE_TOKEN_SECONDS: {
    default: '900',
    description: 'Seconds for which a token is good that a Moodle login is traded for, 60 to 43200.',
  },
  RATE_LIMIT_OWNER: { default: '600', description: 'Requests a minute of one user in one activity; 0: no limit.' },
  RATE_LIMIT_ADDRESS: { default: '6000', description: 'Requests a minute of one address; 0: no limit.' },
  RATE_LIMIT_LOGINS: {
    default: '300',
    description: 'Failed logins a minute of one address; more are answered 429, good ones never. 0: no limit.',
  },
  TRUSTED_PROXIES: {
    default: '',
    description:
      'Addresses and networks of proxies whose X-Forwarded-For is believed, like 127.0.0.1 or 10.0.0.0/8. Counts as production.',
  },
  ALLOWED_HOSTS: {
    default: '',
    description:
      'Host names that requests may name, separated by commas, beside loopback and the bound address. Counts as production.',
  },
  ALLOWED_ORIGINS: {
    default: '',
    description: 'Origins of foreign pages that may call, like https://moodle.example.org, separated by commas.',
  },
  LEGACY_UPSTREAM_URL: {
    default: '',
    description:
      "The original ajax.php, or its Moodle's address: gets the actions of the legacy endpoint that are not ours.",
  },
  LEGACY_UPSTREAM_SECONDS: {
    default: '60',
    description: 'Seconds that the original ajax.php gets to answer, 1 to 110.',
  },
  CONTENT_MAX_BYTES: {
    default: '1048576',
    description:
      'Longest message content in bytes of UTF-8, 1 to 4194304; the body limit is six times this and 64 KiB.',
  },
  LOG_LEVEL: { default: 'info', description: `One of ${logLevels.join(', ')}.` },
  SHUTDOWN_SECONDS: { default: '10', description: 'Seconds for requests in flight after SIGTERM, 1 to 300.' },
  NODE_ENV: {
    default: '',
    description: 'production: a secret of your own is required, whatever the address. Empty, development or test: not.',
  },
} as const satisfies Record<string, { default: string; description: string }>;

export type VariableName = keyof typeof envVariables;
