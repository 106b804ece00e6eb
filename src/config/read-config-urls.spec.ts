import { problemsOf } from '../../test/support/http/refused-config.js';
import { readConfig } from './read-config.js';

const goodSecret = 'kX4vN8qR2tY6uI0oP3aS7dF1gH5jK9lZ2xC4vB8nM6q';

describe('HOST', () => {
  it.each([
    ['[::1]', '::1', true],
    ['::1', '::1', true],
    ['127.0.0.1', '127.0.0.1', true],
  ])('may be %s, with the brackets of a URL or without', (text, host, isLoopback) => {
    expect(readConfig({ HOST: text }).http).toMatchObject({ host, isLoopback });
  });

  it.each(['not a host', '[::1', '[localhost]', '[127.0.0.1', '-x'])(
    'is one problem alone if it is wrong: %s',
    (host) => {
      expect(() => readConfig({ HOST: host })).toThrow(/^HOST must be an IP address or a host name$/);
    },
  );
});

describe('ALLOWED_ORIGINS', () => {
  it('accepts origins as browsers write them', () => {
    const text = 'https://moodle.example.org, http://localhost:8080,https://[fd00::1]:8443';
    const origins = ['https://moodle.example.org', 'http://localhost:8080', 'https://[fd00::1]:8443'];
    expect(readConfig({ ALLOWED_ORIGINS: text }).http.allowedOrigins).toEqual(origins);
  });

  it.each(['https://Moodle.example.org', 'HTTPS://moodle.example.org', 'http://LOCALHOST:8080'])(
    'rejects %s, because browsers send lower case',
    (origin) => {
      expect(() => readConfig({ ALLOWED_ORIGINS: origin })).toThrow(
        `ALLOWED_ORIGINS must be origins like https://moodle.example.org, in lower case, as browsers send them, contains "${origin}"`,
      );
    },
  );

  it('are not needed for pages of this machine outside production', () => {
    const secret = { JWT_SECRET: 'of-the-tests-of-the-configuration-alone' };
    expect(readConfig({}).http.allowLoopbackOrigins).toBe(true);
    for (const more of [{ NODE_ENV: 'production' }, { HOST: '0.0.0.0' }, { ALLOWED_HOSTS: 'chat.example' }]) {
      expect(readConfig({ ...secret, ...more }).http.allowLoopbackOrigins).toBe(false);
    }
  });

  it.each([
    '*',
    'null',
    'moodle.example.org',
    '//moodle.example.org',
    'https://*.example.org',
    'https://moodle.example.org/',
    'https://moodle.example.org/moodle',
    'https://moodle.example.org:443',
    'http://moodle.example.org:80',
    'https://user@moodle.example.org',
    'https://m\u00f6\u00f6dle.example.org',
    'ftp://moodle.example.org',
    'file:///etc',
  ])('rejects %s, quoting it and naming the format', (origin) => {
    const problem = `ALLOWED_ORIGINS must be origins like https://moodle.example.org, without path, wildcard or default port, contains ${JSON.stringify(origin)}`;
    expect(problemsOf({ ALLOWED_ORIGINS: origin })).toEqual([problem]);
    expect(problemsOf({ ALLOWED_ORIGINS: `https://a.example,${origin}` })).toEqual([problem]);
  });
});

describe('LEGACY_UPSTREAM_URL', () => {
  const form =
    'LEGACY_UPSTREAM_URL must be an http:// or https:// URL without user, query or fragment, like https://moodle.example.org';

  it.each([
    'https://moodle.example.org',
    'https://moodle.example.org/',
    'http://moodle.example.org:8080/moodle',
    'https://moodle.example.org/mod/writeassistdev/ajax.php',
  ])('accepts %s', (text) => {
    const { legacy } = readConfig({ LEGACY_UPSTREAM_URL: text, LEGACY_UPSTREAM_SECONDS: '300' });
    expect(legacy).toEqual({ upstream: new URL(text), upstreamTimeoutMs: 300_000 });
  });

  it.each([
    'moodle.example.org',
    '/mod/writeassistdev/ajax.php',
    'ftp://moodle.example.org',
    'https://admin@moodle.example.org',
    'https://admin:hunter2@moodle.example.org',
    'https://:hunter2@moodle.example.org',
    'https://moodle.example.org/?key=hunter2',
    'https://moodle.example.org/#hunter2',
    'https://moodle.example.org:99999',
  ])('rejects %s without quoting it', (text) => {
    expect(problemsOf({ LEGACY_UPSTREAM_URL: text })).toEqual([form]);
  });

  it('requires https in production, except for loopback', () => {
    const read = (text: string) => ({ NODE_ENV: 'production', JWT_SECRET: goodSecret, LEGACY_UPSTREAM_URL: text });
    for (const host of ['moodle.example.org', '10.0.0.1', '[fd00::1]', '127.0.0.1.example.org']) {
      expect(problemsOf(read(`http://${host}`))).toEqual([
        'LEGACY_UPSTREAM_URL must be https:// in production, unless it is loopback',
      ]);
    }
    for (const address of ['https://10.0.0.1', 'http://127.0.0.1:8080', 'http://[::1]', 'http://localhost']) {
      expect(readConfig(read(address)).legacy.upstream).toEqual(new URL(address));
    }
  });
});

describe('PUBLIC_URL', () => {
  const read = (text: string) => readConfig({ JWT_SECRET: goodSecret, PUBLIC_URL: text });

  it.each([
    ['https://site.example', 'site.example', 'https://site.example'],
    ['https://site.example/', 'site.example', 'https://site.example'],
    ['http://Site.example:8080/chat-api/', 'site.example', 'http://site.example:8080'],
    ['https://[2001:db8::1]:8443/a/b.c', '[2001:db8::1]', 'https://[2001:db8::1]:8443'],
  ])('%s is accepted, and its host and origin are allowed', (text, host, origin) => {
    const { http, production } = read(text);
    expect(http).toMatchObject({ publicUrl: new URL(text), allowedHosts: [host], allowedOrigins: [origin] });
    expect(production).toBe(true);
  });

  it('adds to the other hosts and origins', () => {
    const others = { ALLOWED_HOSTS: 'a.example', ALLOWED_ORIGINS: 'https://b.example' };
    const { http } = readConfig({ ...others, JWT_SECRET: goodSecret, PUBLIC_URL: 'https://site.example/chat-api' });
    expect(http.allowedHosts).toEqual(['a.example', 'site.example']);
    expect(http.allowedOrigins).toEqual(['https://b.example', 'https://site.example']);
  });

  it('needs a secret', () => {
    expect(problemsOf({ PUBLIC_URL: 'https://site.example' })).toEqual([
      expect.stringMatching(/^JWT_SECRET is required/),
    ]);
  });

  it.each([
    'site.example/chat-api',
    '/chat-api',
    'ftp://site.example',
    'https://user@site.example',
    'https://site.example/?a',
    'https://site.example/#a',
  ])('rejects %s', (text) => {
    expect(problemsOf({ JWT_SECRET: goodSecret, PUBLIC_URL: text })).toEqual([
      'PUBLIC_URL must be an http:// or https:// URL without user, query or fragment, like https://moodle.example.org',
    ]);
  });

  it.each(['/a//b', '/a b', '/caf\u00e9', '/a%2fb', '/a:b', `/${'x'.repeat(200)}`])('rejects the path %s', (path) => {
    expect(problemsOf({ JWT_SECRET: goodSecret, PUBLIC_URL: `https://site.example${path}` })).toEqual([
      'PUBLIC_URL must have a plain path: segments of A-Z, a-z, 0-9, ., _, ~ and -, at most 200 characters',
    ]);
  });
});
