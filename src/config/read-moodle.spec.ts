import { problemsOf } from '../../test/support/http/refused-config.js';
import { readConfig } from './read-config.js';

const good = {
  AUTH: 'moodle',
  JWT_SECRET: 'kX4vN8qR2tY6uI0oP3aS7dF1gH5jK9lZ2xC4vB8nM6q',
  MOODLE_URL: 'https://moodle.example.org/campus/',
  MOODLE_AJAX_URL: 'http://127.0.0.1:8081/campus/mod/writeassistdev/ajax.php',
  MOODLE_DATABASE_URL: 'mysql://reader:hunter2@db.example.org/moodle',
};

describe('AUTH=moodle', () => {
  it('reads the settings of Moodle', () => {
    expect(readConfig(good).moodle).toEqual({
      url: 'https://moodle.example.org/campus',
      ajaxUrl: 'http://127.0.0.1:8081/campus/mod/writeassistdev/ajax.php',
      plugin: 'writeassistdev',
      cookie: 'MoodleSession',
      database: {
        ...{ host: 'db.example.org', port: 3306, username: 'reader', password: 'hunter2', database: 'moodle' },
        ...{ tls: 'off', tlsCaFile: undefined },
      },
      prefix: 'mdl_',
      guestId: 1,
      timeoutMs: 5000,
      maxWaitMs: 125_000,
      cacheMs: 60_000,
      staleMs: 180_000,
      tokenSeconds: 900,
    });
  });

  it('accepts settings that differ from the defaults', () => {
    const moodle = readConfig({
      ...good,
      MOODLE_AJAX_URL: 'https://moodle.example.org/mod/researchflow/ajax-original.php',
      MOODLE_COOKIE: 'MoodleSessioncampus',
      MOODLE_DB_PREFIX: 'none',
      MOODLE_GUEST_ID: '0',
      MOODLE_SECONDS: '30',
      MOODLE_LOCK_SECONDS: '300',
      MOODLE_REMEMBER_SECONDS: '300',
      MOODLE_STALE_SECONDS: '600',
      MOODLE_TOKEN_SECONDS: '60',
      DATABASE_TLS: 'verify',
    }).moodle;
    expect(moodle).toMatchObject({ plugin: 'researchflow', cookie: 'MoodleSessioncampus', prefix: '', guestId: 0 });
    expect(moodle).toMatchObject({ timeoutMs: 30_000, tokenSeconds: 60, database: { tls: 'verify' } });
    expect(moodle).toMatchObject({ maxWaitMs: 300_000, cacheMs: 300_000, staleMs: 600_000 });
  });

  it('uses no expired result when nothing is cached', () => {
    const { moodle } = readConfig({ ...good, MOODLE_REMEMBER_SECONDS: '0', MOODLE_STALE_SECONDS: '600' });
    expect(moodle).toMatchObject({ cacheMs: 0, staleMs: 0 });
  });

  it('enables production mode: a sample secret is rejected', () => {
    expect(readConfig(good).production).toBe(true);
    expect(problemsOf({ ...good, JWT_SECRET: 'change-me-change-me-change-me-change-me' })).toEqual([
      'JWT_SECRET looks like a sample; make one with: openssl rand -base64 48',
    ]);
  });

  it('is required for any Moodle setting to have an effect', () => {
    expect(readConfig({ ...good, AUTH: 'jwt' }).moodle).toBeUndefined();
    expect(readConfig({ ...good, AUTH: '' }).moodle).toBeUndefined();
  });

  it.each(['MOODLE_URL', 'MOODLE_AJAX_URL', 'MOODLE_DATABASE_URL'])('requires %s', (name) => {
    expect(problemsOf({ ...good, [name]: '' })).toEqual([`${name} is required with AUTH=moodle`]);
  });

  it('requires JWT_SECRET and rejects public keys', () => {
    expect(problemsOf({ ...good, JWT_SECRET: '' })).toEqual([expect.stringMatching(/^JWT_SECRET is required in prod/)]);
    const published = { JWKS_URL: 'https://id.example/keys', JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'chat' };
    const keys = { JWT_SECRET: '', ...published };
    expect(problemsOf({ ...good, ...keys })).toEqual(['JWT_SECRET is required with AUTH=moodle']);
  });

  it.each(['MOODLE_URL', 'MOODLE_AJAX_URL'])(
    '%s must be https, except for loopback, also outside of production',
    (name) => {
      for (const host of ['moodle.example.org', '10.0.0.1', 'moodle']) {
        expect(problemsOf({ ...good, [name]: `http://${host}/mod/writeassistdev/ajax.php` })).toEqual([
          `${name} must be https://, unless it is loopback: logins are sent there`,
        ]);
      }
      for (const address of ['moodle.example.org', 'https://a:hunter2@moodle.example.org/', 'https://m.example/?x=1']) {
        const [problem = ''] = problemsOf({ ...good, [name]: address });
        expect(problem).toMatch(new RegExp(`^${name} must be an http`));
        expect(problem).not.toContain('hunter2');
      }
    },
  );

  it.each<[string, string, RegExp]>([
    ['AUTH', 'cookie', /^AUTH must be one of jwt, moodle/],
    ['MOODLE_AJAX_URL', 'https://moodle.example.org/ajax.php', /^MOODLE_AJAX_URL must end in \/mod\//],
    ['MOODLE_AJAX_URL', 'https://moodle.example.org/mod/writeassistdev/', /^MOODLE_AJAX_URL must end in \/mod\//],
    ['MOODLE_COOKIE', 'a b', /^MOODLE_COOKIE must be/],
    ['MOODLE_COOKIE', 'a=b', /^MOODLE_COOKIE must be/],
    ['MOODLE_DATABASE_URL', 'postgres://db/moodle', /^MOODLE_DATABASE_URL is not a mysql/],
    ['MOODLE_DB_PREFIX', 'mdl-', /^MOODLE_DB_PREFIX must be/],
    ['MOODLE_DB_PREFIX', 'mdl_; --', /^MOODLE_DB_PREFIX must be/],
    ['MOODLE_GUEST_ID', '-1', /^MOODLE_GUEST_ID must be/],
    ['MOODLE_SECONDS', '0', /^MOODLE_SECONDS must be/],
    ['MOODLE_LOCK_SECONDS', '0', /^MOODLE_LOCK_SECONDS must be/],
    ['MOODLE_LOCK_SECONDS', '301', /^MOODLE_LOCK_SECONDS must be/],
    ['MOODLE_REMEMBER_SECONDS', '301', /^MOODLE_REMEMBER_SECONDS must be/],
    ['MOODLE_STALE_SECONDS', '601', /^MOODLE_STALE_SECONDS must be/],
    ['MOODLE_TOKEN_SECONDS', '59', /^MOODLE_TOKEN_SECONDS must be/],
  ])('rejects %s=%s', (name, value, pattern) => {
    expect(problemsOf({ ...good, [name]: value })).toEqual([expect.stringMatching(pattern)]);
  });
});

describe('TRUSTED_PROXIES', () => {
  const secret = { JWT_SECRET: good.JWT_SECRET };

  it('accepts IP addresses and networks', () => {
    const text = '127.0.0.1, ::1,10.0.0.0/8, fd00::/8';
    expect(readConfig({ ...secret, TRUSTED_PROXIES: text }).http.trustedProxies).toEqual(text.split(/, ?/));
  });

  it.each([
    '*',
    'proxy.example',
    '10.0.0.0/33',
    '10.0.0.0/0',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    'true',
    '1',
  ])('rejects %s, quoting it', (proxy) => {
    const message = `TRUSTED_PROXIES must be addresses or networks, like 10.0.0.0/8, contains ${JSON.stringify(proxy)}`;
    expect(problemsOf({ ...secret, TRUSTED_PROXIES: `127.0.0.1,${proxy}` })).toEqual([message]);
  });
});

describe('RATE_LIMIT_*', () => {
  it.each([
    ['RATE_LIMIT_OWNER', 'perOwner'],
    ['RATE_LIMIT_ADDRESS', 'perIp'],
    ['RATE_LIMIT_LOGINS', 'failedLogins'],
  ])('reads %s; 0 means no limit', (name, property) => {
    expect(readConfig({ [name]: '0' }).rateLimits).toHaveProperty(property, 0);
    for (const value of ['-1', 'off', '1000001', '1.5']) {
      expect(problemsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} must be`))]);
    }
  });
});
