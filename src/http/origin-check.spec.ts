import { foreignOrigins, ownName } from '../../test/support/http/cross-site.js';
import { HttpError } from './problem.js';
import { assertAllowedOrigin } from './origin-check.js';

const allowed = ['https://moodle.example.org', 'http://localhost:8080'];

function refusal(
  origin: string | undefined,
  host: string | undefined,
  allowedOrigins = allowed,
  allowLoopbackOrigins = false,
): HttpError | undefined {
  const headers = { ...(origin !== undefined && { origin }), ...(host !== undefined && { host }) };
  try {
    assertAllowedOrigin(headers, { allowedOrigins, allowLoopbackOrigins });
    return undefined;
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error;
  }
}

describe('assertAllowedOrigin', () => {
  it.each<[string, string | undefined, string]>([
    ['is missing: the caller is not a page', undefined, 'chat.example'],
    ['is allowed', 'https://moodle.example.org', 'chat.example'],
    ['is allowed, with its port', 'http://localhost:8080', 'chat.example'],
    ['is of this host', 'http://chat.example', 'chat.example'],
    ['is of this host and port', 'http://chat.example:3000', 'chat.example:3000'],
    ['is of this host behind TLS', 'https://chat.example', 'chat.example'],
    ['leaves out the port of https', 'https://chat.example', 'chat.example:443'],
    ['leaves out the port of http', 'http://chat.example', 'chat.example:80'],
    ['names the port of https, which Host leaves out', 'https://chat.example:443', 'chat.example'],
    ['differs in letter case', 'http://chat.example', 'CHAT.example'],
    ['is an IPv4 address', 'http://127.0.0.1:3000', '127.0.0.1:3000'],
    ['is an IPv6 address', 'http://[::1]:3000', '[::1]:3000'],
  ])('accepts an origin that %s', (_, origin, host) => {
    expect(refusal(origin, host)).toBeUndefined();
  });

  it.each<[string, string, string | undefined]>([
    ['is foreign', 'https://evil.example', 'chat.example'],
    ['is hidden', 'null', 'chat.example'],
    ['is null, like the host', 'null', 'null'],
    ['is empty', '', 'chat.example'],
    ['is empty, like the host', '', ''],
    ['is no origin', 'chat.example', 'chat.example'],
    ['is nonsense', ':://', 'chat.example'],
    ['has another port', 'http://chat.example:3001', 'chat.example:3000'],
    ['lacks the port', 'http://chat.example', 'chat.example:3000'],
    ['has a port where the host has none', 'http://chat.example:3000', 'chat.example'],
    ['has the port of the other scheme', 'http://chat.example', 'chat.example:443'],
    ['is below the host', 'http://a.chat.example', 'chat.example'],
    ['only begins like the host', 'http://chat.example.evil', 'chat.example'],
    ['only ends like the host', 'http://evilchat.example', 'chat.example'],
    ['has the host as its user', 'http://chat.example@evil.example', 'chat.example'],
    ['is of another scheme', 'ftp://chat.example', 'chat.example'],
    ['is of a scheme that only ends like http', 'xhttp://chat.example', 'chat.example'],
    ['is of an extension', 'chrome-extension://chat.example', 'chat.example'],
    ['is of a file', 'file://', ''],
    ['comes without Host', 'http://chat.example', undefined],
    ['only begins like an allowed one', 'https://moodle.example.org.evil', 'chat.example'],
    ['is an allowed one without TLS', 'http://moodle.example.org', 'chat.example'],
    ['is an allowed one with another port', 'https://moodle.example.org:8443', 'chat.example'],
    ['is a list of allowed ones', allowed.join(' '), 'chat.example'],
  ])('rejects an origin that %s', (_, origin, host) => {
    expect(refusal(origin, host)).toMatchObject({ status: 403, code: 'foreign_origin' });
  });

  it.each(foreignOrigins)('rejects a page %s', (_, origin) => {
    expect(refusal(origin, ownName)).toMatchObject({ status: 403, code: 'foreign_origin' });
    expect(refusal(origin, ownName, [])).toMatchObject({ status: 403, code: 'foreign_origin' });
  });

  it.each([
    'http://localhost:5173',
    'http://localhost',
    'https://127.0.0.1:8443',
    'http://127.1.2.3',
    'http://[::1]:80',
  ])('accepts a page of this machine outside production only: %s', (origin) => {
    const canonical = new URL(origin).origin;
    expect(refusal(canonical, 'localhost:3000', [], true)).toBeUndefined();
    expect(refusal(canonical, 'localhost:3000', [], false)).toBeDefined();
  });

  it.each([
    'https://evil.example',
    'null',
    '',
    'http://localhost.evil.example',
    'http://evil-localhost',
    'http://localhost@evil.example',
    'http://localhost:5173/',
    'HTTP://LOCALHOST:5173',
    'file://localhost',
    'http://10.0.0.1',
    'http://0.0.0.0:5173',
    'http://2130706433',
  ])('rejects what only looks like a page of this machine: %j', (origin) => {
    expect(refusal(origin, 'localhost:3000', [], true)).toBeDefined();
  });

  it('does not quote the origin', () => {
    expect(refusal('https://evil.example', 'chat.example')?.message).not.toContain('evil');
  });

  it('requires the same host if ALLOWED_ORIGINS is empty', () => {
    expect(refusal('https://moodle.example.org', 'chat.example', [])).toBeDefined();
    expect(refusal('https://chat.example', 'chat.example', [])).toBeUndefined();
  });
});
