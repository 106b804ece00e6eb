import { resolve } from 'node:path';
import type { MysqlConfig } from './config.js';
import { problemsOf, refusalOf } from '../../test/support/http/refused-config.js';
import { readConfig } from './read-config.js';
import { envVariables, type VariableName } from './env-variables.js';

type Variables = Partial<Record<VariableName, string>>;

const url = 'mysql://chat:hunter2@db.example.org/chat';
const goodSecret = 'kX4vN8qR2tY6uI0oP3aS7dF1gH5jK9lZ2xC4vB8nM6q';

describe('readConfig', () => {
  it('has defaults for a loopback server on SQLite', () => {
    expect(readConfig({})).toEqual({
      production: false,
      http: {
        host: '127.0.0.1',
        isLoopback: true,
        port: 3000,
        allowedHosts: [],
        allowedOrigins: [],
        allowLoopbackOrigins: true,
        trustedProxies: [],
        shutdownSeconds: 10,
      },
      dataDirectory: resolve('data'),
      database: { engine: 'sqlite', file: resolve('data/chat-store.sqlite'), migrateAtStart: true, shared: false },
      jwt: {
        keys: { kind: 'secret', secret: undefined, previousSecret: undefined },
        issuer: undefined,
        audience: undefined,
        maxAgeSeconds: 604_800,
        clockToleranceSeconds: 60,
      },
      moodle: undefined,
      rateLimits: { perOwner: 600, perIp: 6000, failedLogins: 300 },
      quotas: { bytes: 2 ** 30, sessions: 10_000, messages: 1_000_000, bytesPerMinute: 2 ** 26 },
      requestDeadlineMs: 10_000,
      slowStatementMs: 1000,
      drainSeconds: 0,
      legacy: { upstream: undefined, upstreamTimeoutMs: 130_000 },
      maxContentBytes: 1_048_576,
      replyStaleSeconds: 60,
      trashDays: 30,
      logLevel: 'info',
      metrics: undefined,
      docs: true,
    });
  });

  it('treats every empty variable as unset', () => {
    const empty = Object.fromEntries(Object.keys(envVariables).map((name) => [name, '']));
    expect(readConfig(empty)).toEqual(readConfig({}));
  });

  it('uses the documented default of every variable', () => {
    const documented = Object.fromEntries(
      Object.entries(envVariables).map(([name, variable]) => [name, variable.default]),
    );
    expect(readConfig(documented)).toEqual(readConfig({}));
  });

  it.each([{ DATABASE_TLS: 'off' }, { DATABASE_TLS: 'unverified' }, {}])('rejects a CA with %j', (tls) => {
    const problem = 'DATABASE_TLS_CA needs DATABASE_TLS=verify';
    const url = 'mysql://u@h/d';
    expect(problemsOf({ DATABASE_URL: url, DATABASE_TLS_CA: '/ca.pem', ...tls })).toEqual([problem]);
  });

  it('reads all settings of a database server', () => {
    const config = readConfig({
      DATABASE_URL: 'mariadb://a%40b:p%2Fw%3A%23@[::1]:3307/chat%20store',
      DATABASE_POOL_SIZE: '25',
      DATABASE_QUEUE_LIMIT: '7',
      DATABASE_CONNECT_TIMEOUT_MS: '900',
      DATABASE_LOCK_WAIT_SECONDS: '3',
      DATABASE_STATEMENT_SECONDS: '9',
      DATABASE_TLS: 'verify',
      DATABASE_TLS_CA: '/etc/ca.pem',
      MIGRATE_AT_START: 'false',
      DATABASE_SHARED: 'true',
    });
    expect(config.database).toEqual({
      engine: 'mysql',
      host: '::1',
      port: 3307,
      username: 'a@b',
      password: 'p/w:#',
      database: 'chat store',
      poolSize: 25,
      queueLimit: 7,
      connectTimeoutMs: 900,
      durability: 'full',
      lockWaitSeconds: 3,
      statementSeconds: 9,
      tls: 'verify',
      tlsCaFile: '/etc/ca.pem',
      migrateAtStart: false,
      shared: true,
    });
  });

  it('defaults to port 3306 and to an empty user and password', () => {
    expect(mysql(url)).toMatchObject({ host: 'db.example.org', port: 3306, username: 'chat', password: 'hunter2' });
    expect(mysql('mysql://localhost/chat')).toMatchObject({ username: '', password: '' });
  });

  const rawHint = (raw: string, encoded: string) =>
    `has a ${raw} in its user or password, which ends the host name of a URL: write it as ${encoded} (percent-encoded, like %40 for @ and %25 for %)`;

  const commentHint = 'ends before the @ and the database: in .env a # begins a comment, so write it as %23';

  it.each(['p@w', 'a@b@c', 'p:w', 'p%23w%2Fx%3Fy%25z', 'p[w]|^', 'p;w&=+$,!'])(
    'accepts the password %s, as it is written in a URL',
    (password) => {
      const { database } = readConfig({ DATABASE_URL: `mysql://chat:${password}@host/chat` });
      expect(database).toMatchObject({ host: 'host', username: 'chat', password: decodeURIComponent(password) });
    },
  );

  it.each([
    ['nonsense', 'is not a mysql:// or mariadb:// URL'],
    ['postgres://chat:hunter2@host/chat', 'is not a mysql:// or mariadb:// URL'],
    ['mysql://chat:hunter2@host:99999/chat', 'is not a mysql:// or mariadb:// URL'],
    ['mysql://chat:hunter2@host', 'must name one database'],
    ['mysql://chat:hunter2@host/', 'must name one database'],
    ['mysql://chat:hunter2@host/a/b', 'must name one database'],
    ['mysql://chat:hunter2@host/a%2Fb', 'must name one database'],
    ['mysql://chat:hunter2@host/a%00', 'must name one database'],
    ['mysql:///chat', 'must name a host'],
    ['mysql://chat:hunter2@host:0/chat', 'must not have the port 0'],
    ['mysql://localhost:3306', 'must name one database'],
    // What `.env` leaves of a password with a raw #.
    ['mysql://chat:hunter', commentHint],
    ['mysql://chat:2', commentHint],
    ['mariadb://chat:', commentHint],
    [`${url}?ssl=true`, 'must have nothing after the name'],
    [`${url}#hunter2`, 'must have nothing after the name'],
    ['mysql://chat:hunter2%@host/chat', 'has a % that is not followed by two hexadecimal digits: write a % as %25'],
    ['mysql://chat:hunter2@host/ch%at', 'has a % that is not followed by two hexadecimal digits: write a % as %25'],
    ['mysql://ch%FFat:hunter2@host/chat', 'has a % that is not followed by two hexadecimal digits: write a % as %25'],
    ['mysql://chat:hunter#2@host/chat', rawHint('#', '%23')],
    ['mysql://chat:2#hunter@host:3306/chat', rawHint('#', '%23')],
    ['mysql://chat:hunter/2@host/chat', rawHint('/', '%2F')],
    ['mariadb://chat:hunter?2@host/chat', rawHint('?', '%3F')],
    ['mysql://chat:hun@ter#2@host/chat', rawHint('#', '%23')],
    ['mysql://ch#at:hunter2@host/chat', rawHint('#', '%23')],
  ])('rejects the URL %s without quoting it', (text, message) => {
    expect(problemsOf({ DATABASE_URL: text })).toEqual([
      `DATABASE_URL ${message.includes('nothing after') ? `${message} (use the DATABASE_TLS and DATABASE_POOL_SIZE variables)` : message}; the format is mysql://user:password@host:3306/name`,
    ]);
  });

  it.each<[VariableName, string]>([
    ['HOST', 'not a host'],
    ['HOST', '-x'],
    ['HOST', 'http://localhost'],
    ['PORT', '65536'],
    ['HEALTH_PORT', '65536'],
    ['HEALTH_PORT', '3000'],
    ['DATABASE_POOL_SIZE', '1'],
    ['DATABASE_POOL_SIZE', '1001'],
    ['DATABASE_QUEUE_LIMIT', '0'],
    ['DATABASE_CONNECT_TIMEOUT_MS', '99'],
    ['DATABASE_LOCK_WAIT_SECONDS', '61'],
    ['DATABASE_STATEMENT_SECONDS', '0'],
    ['DATABASE_TLS', 'on'],
    ['MIGRATE_AT_START', 'no'],
    ['CONTENT_MAX_BYTES', '0'],
    ['CONTENT_MAX_BYTES', '4194305'],
    ['REPLY_STALE_SECONDS', '0'],
    ['REPLY_STALE_SECONDS', '3601'],
    ['TRASH_DAYS', '-1'],
    ['TRASH_DAYS', '3651'],
    ['LOG_LEVEL', 'INFO'],
    ['SHUTDOWN_SECONDS', '0'],
    ['SHUTDOWN_SECONDS', '301'],
    ['NODE_ENV', 'prod'],
    ['ALLOWED_HOSTS', 'chat.example.org:443'],
    ['ALLOWED_HOSTS', 'https://chat.example.org'],
    ['ALLOWED_HOSTS', '*'],
    ['LEGACY_UPSTREAM_SECONDS', '0'],
    ['LEGACY_UPSTREAM_SECONDS', '301'],
    ['LEGACY_UPSTREAM_SECONDS', '1.5'],
  ])('rejects %s=%s and names the variable', (name, value) => {
    const problems = problemsOf({ JWT_SECRET: goodSecret, [name]: value });
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name} must be`))]);
  });

  it('accepts names and IP addresses in ALLOWED_HOSTS', () => {
    const { http } = readConfig({
      JWT_SECRET: goodSecret,
      ALLOWED_HOSTS: 'Chat.Example.org, 10.0.0.1,[fd00::1], fd00::2, chat_store',
    });
    expect(http.allowedHosts).toEqual(['chat.example.org', '10.0.0.1', '[fd00::1]', 'fd00::2', 'chat_store']);
  });

  it('reports all problems at once, with exit code 78', () => {
    const error = refusalOf({ PORT: 'x', DATABASE_URL: 'x', JWT_SECRET: 'x', LOG_LEVEL: 'x', NODE_ENV: 'x' });
    expect(error.exitCode).toBe(78);
    expect(error.lines.map((line) => line.split(' ')[0]).sort()).toEqual([
      'DATABASE_URL',
      'JWT_SECRET',
      'LOG_LEVEL',
      'NODE_ENV',
      'PORT',
    ]);
  });
});

describe('METRICS', () => {
  const token = 'abcdefgh.~_-+/=9';

  it('is off, or has a token or HEALTH_PORT', () => {
    expect(readConfig({ METRICS: 'on', METRICS_TOKEN: token }).metrics).toEqual({ token });
    expect(readConfig({ METRICS: 'on', HEALTH_PORT: '3001' }).metrics).toEqual({ token: undefined });
    expect(problemsOf({ METRICS: 'on' })).toEqual([
      'METRICS needs HEALTH_PORT, on which /metrics then answers, or METRICS_TOKEN',
    ]);
    expect(problemsOf({ METRICS_TOKEN: token })).toEqual(['METRICS_TOKEN needs METRICS=on']);
  });

  it.each(['a'.repeat(15), `${token} `, `${token}é`, `${token}\n`])('rejects %j as METRICS_TOKEN', (wrong) => {
    expect(problemsOf({ METRICS: 'on', METRICS_TOKEN: wrong })).toEqual([
      expect.stringMatching(/^METRICS_TOKEN must be 16 or more of the letters/),
    ]);
  });
});

describe('JWT_SECRET', () => {
  it('is required in production and if other machines can reach the server', () => {
    const open: Variables[] = [
      ...[{ NODE_ENV: 'production' }, { HOST: '0.0.0.0' }, { HOST: '::' }, { HOST: '10.1.2.3' }],
      ...[{ ALLOWED_HOSTS: 'chat.example.org' }, { TRUSTED_PROXIES: '127.0.0.1' }],
    ];
    for (const environment of open) {
      expect(problemsOf(environment)).toEqual([expect.stringMatching(/^JWT_SECRET is required/)]);
      expect(readConfig({ ...environment, JWT_SECRET: goodSecret }).production).toBe(true);
    }
  });

  it('is not required on loopback outside of production', () => {
    for (const NODE_ENV of ['', 'development', 'test']) {
      for (const HOST of ['127.0.0.1', 'localhost', '::1']) {
        expect(readConfig({ NODE_ENV, HOST }).production).toBe(false);
      }
    }
  });

  it('must have at least 32 bytes of UTF-8, also outside of production', () => {
    expect(problemsOf({ JWT_SECRET: 'a'.repeat(31) })).toEqual(['JWT_SECRET must be 32 bytes of UTF-8 or more, is 31']);
    expect(secretOf({ JWT_SECRET: 'ключ-ключ-ключ-ключ' })).toBe('ключ-ключ-ключ-ключ');
  });

  it.each([
    ['of one letter', 'a'.repeat(32)],
    ['of one digit', '0'.repeat(64)],
    ['of digits in their order', '01234567890123456789012345678901'],
    ['of letters and digits in their order', 'abcdefghijabcdefghijabcdefghijab'],
    ['of much documentation', 'your-256-bit-secret-your-256-bit-secret'],
    ['of jwt.io', 'a-string-secret-at-least-256-bits-long'],
    ['to be changed', 'please-change-me-please-change-me-now'],
    ['to be changed, in capitals', 'CHANGEME_CHANGEME_CHANGEME_CHANGEME'],
    ['that says it twice', 'secret-secret-secret-secret-secret'],
    ['of a tutorial', 'supersecretkey-supersecretkey-1234'],
    ['that says what it is', 'this-is-only-an-example-key-0000000'],
    ['yours', 'your_jwt_key_goes_in_here_please_do'],
  ])('is rejected in production if it is a sample %s', (_, secret) => {
    expect(problemsOf({ NODE_ENV: 'production', JWT_SECRET: secret })).toEqual([
      'JWT_SECRET looks like a sample; make one with: openssl rand -base64 48',
    ]);
    expect(secretOf({ JWT_SECRET: secret })).toBe(secret);
  });

  it.each([goodSecret, 'qf3VbY0m2W1eH9rTzXc8uJ5kLs7nD4pAqf3VbY0m2W1eH9rT', '9c4e1f7a2b8d6035e1f7a2b8d60359c4'])(
    'is accepted in production if it is random: %s',
    (secret) => {
      expect(secretOf({ NODE_ENV: 'production', JWT_SECRET: secret })).toBe(secret);
    },
  );

  it('is never quoted', () => {
    expect(problemsOf({ JWT_SECRET: 'hunter2' }).join()).not.toContain('hunter2');
  });
});

function mysql(text: string): MysqlConfig {
  const { database } = readConfig({ DATABASE_URL: text });
  if (database.engine !== 'mysql') throw new Error('not a database server');
  return database;
}

function secretOf(environment: Variables): string | undefined {
  const { keys } = readConfig(environment).jwt;
  return keys.kind === 'secret' ? keys.secret : 'no secret';
}
