import { logLevels } from './config.js';

/**
 * Every variable of the environment that this program reads, with its default and its explanation.
 * `.env.example` and the README's table are compared with this list by a test.
 */
export const variables = {
  HOST: { fallback: '127.0.0.1', about: 'Address to listen on. Anything but loopback counts as production.' },
  PORT: { fallback: '3000', about: 'Port to listen on, 0 to 65535; 0 lets the system choose.' },
  DATA_DIR: { fallback: './data', about: 'Folder of the embedded database and of the generated secret.' },
  DATABASE_URL: {
    fallback: '',
    about: 'mysql://user:password@host:3306/name for MariaDB or MySQL. Empty: embedded SQLite in DATA_DIR.',
  },
  DATABASE_POOL_SIZE: { fallback: '10', about: 'Connections to MariaDB or MySQL, 2 to 1000.' },
  DATABASE_QUEUE_LIMIT: {
    fallback: '200',
    about: 'Statements that may wait for a connection, 1 to 100000; more are answered 503.',
  },
  DATABASE_CONNECT_TIMEOUT_MS: { fallback: '5000', about: 'Milliseconds to wait for a connection, 100 to 60000.' },
  DATABASE_LOCK_WAIT_SECONDS: { fallback: '5', about: 'Seconds a statement waits for a lock, 1 to 60.' },
  DATABASE_STATEMENT_SECONDS: { fallback: '30', about: 'Seconds a statement may run, 1 to 3600.' },
  DATABASE_TLS: {
    fallback: 'off',
    about: 'TLS to MariaDB or MySQL: off, verify (checks the certificate), or unverified.',
  },
  DATABASE_TLS_CA: { fallback: '', about: 'PEM file of the certificate authority that signed the server, for verify.' },
  MIGRATE_AT_START: { fallback: 'true', about: 'Run outstanding migrations at start: true or false.' },
  AUTH: {
    fallback: 'jwt',
    about:
      'jwt: callers bring tokens. moodle: pages may also call by their Moodle login (docs/moodle.md); counts as production.',
  },
  JWT_SECRET: {
    fallback: '',
    about: 'Secret of the HS256 tokens, 32 bytes of UTF-8 or more. Empty: one is generated and kept in DATA_DIR.',
  },
  JWT_PUBLIC_KEY: {
    fallback: '',
    about: 'Instead of a secret: the public key of tokens of RS256, ES256 or EdDSA, as PEM or the path of its file.',
  },
  JWKS_URL: {
    fallback: '',
    about: 'Instead of a secret: where the public keys of tokens are published, https:// or loopback.',
  },
  JWT_ISSUER: { fallback: '', about: 'When set, tokens must carry this `iss`.' },
  JWT_AUDIENCE: { fallback: '', about: 'When set, tokens must carry this `aud`.' },
  JWT_MAX_AGE_SECONDS: {
    fallback: '604800',
    about: 'Seconds for which a token is taken at most, whatever it says, to 315360000; 0: no limit.',
  },
  MOODLE_URL: { fallback: '', about: "With AUTH=moodle: Moodle's address, https:// or loopback." },
  MOODLE_AJAX_URL: {
    fallback: '',
    about: 'With AUTH=moodle: the original ajax.php, by an address that does not lead here.',
  },
  MOODLE_COOKIE: {
    fallback: 'MoodleSession',
    about: "The name of Moodle's cookie; no other one is read or passed on.",
  },
  MOODLE_DATABASE_URL: {
    fallback: '',
    about: "With AUTH=moodle: Moodle's database, by a user who may only read course_modules and modules.",
  },
  MOODLE_DB_PREFIX: { fallback: 'mdl_', about: "What the names of Moodle's tables begin with; none for no prefix." },
  MOODLE_GUEST_ID: { fallback: '1', about: "The id of Moodle's guest user, who has no chats: it is everybody." },
  MOODLE_SECONDS: { fallback: '5', about: "Seconds that each of Moodle's answers may take, 1 to 30." },
  MOODLE_REMEMBER_SECONDS: { fallback: '60', about: "Seconds for which Moodle's yes is remembered, 0 to 300." },
  MOODLE_TOKEN_SECONDS: {
    fallback: '900',
    about: 'Seconds for which a token is good that a Moodle login is traded for, 60 to 43200.',
  },
  RATE_LIMIT_OWNER: { fallback: '600', about: 'Requests a minute of one user in one activity; 0: no limit.' },
  RATE_LIMIT_ADDRESS: { fallback: '6000', about: 'Requests a minute of one address; 0: no limit.' },
  RATE_LIMIT_LOGINS: {
    fallback: '300',
    about: 'Failed logins a minute of one address; more are answered 429, good ones never. 0: no limit.',
  },
  TRUSTED_PROXIES: {
    fallback: '',
    about:
      'Addresses and networks of proxies whose X-Forwarded-For is believed, like 127.0.0.1 or 10.0.0.0/8. Counts as production.',
  },
  ALLOWED_HOSTS: {
    fallback: '',
    about:
      'Host names that requests may name, separated by commas, beside loopback and the bound address. Counts as production.',
  },
  ALLOWED_ORIGINS: {
    fallback: '',
    about: 'Origins of foreign pages that may call, like https://moodle.example.org, separated by commas.',
  },
  LEGACY_UPSTREAM_URL: {
    fallback: '',
    about: "The original ajax.php, or its Moodle's address: gets the actions of the legacy endpoint that are not ours.",
  },
  LEGACY_UPSTREAM_SECONDS: { fallback: '60', about: 'Seconds that the original ajax.php gets to answer, 1 to 110.' },
  CONTENT_MAX_BYTES: {
    fallback: '1048576',
    about: 'Longest message content in bytes of UTF-8, 1 to 4194304; the body limit is six times this and 64 KiB.',
  },
  LOG_LEVEL: { fallback: 'info', about: `One of ${logLevels.join(', ')}.` },
  SHUTDOWN_SECONDS: { fallback: '10', about: 'Seconds for requests in flight after SIGTERM, 1 to 300.' },
  NODE_ENV: {
    fallback: '',
    about: 'production: a secret of your own is required, whatever the address. Empty, development or test: not.',
  },
} as const satisfies Record<string, { fallback: string; about: string }>;

export type VariableName = keyof typeof variables;
