import { RefusalLog } from '../../../src/http/refusal-log.js';
import { LegacyClient } from '../../support/legacy/client.js';
import { deadUrl } from '../../support/legacy/upstream.js';
import { rawCall } from '../../support/rest/raw.js';
import { claims, seconds, signed } from '../../support/rest/tokens.js';
import { TestServer } from '../../support/http/server.js';

interface Line {
  level: number;
  msg: string;
  context?: string;
  code?: string;
  count?: number;
  reason?: string;
  issuer?: string;
  variable?: string;
  address?: string;
  error?: { at: string[] };
}

const secret = 'of-the-tests-of-refusals-alone-123456';

describe('refusals in the log', () => {
  let server: TestServer;
  afterEach(() => server.stop());
  const start = async (environment: Record<string, string> = {}) => {
    server = await TestServer.start({ JWT_SECRET: secret, ...environment });
  };

  const list = (token: string) =>
    rawCall(server.url, '/api/v1/sessions', { headers: { authorization: `Bearer ${token}` } });
  const token = (changes: Record<string, unknown>) => signed(claims(changes), { secret });
  /** The lines about refusals, without those of the requests, and of statements that take long on a busy machine. */
  const lines = () =>
    server.log
      .map((line) => JSON.parse(line) as Line)
      .filter(({ msg, level, context }) => level >= 40 && msg !== 'request' && context !== 'SlowStatement');
  const flushed = () => {
    server.app.get(RefusalLog, { strict: false }).onApplicationShutdown();
    return lines();
  };
  const repeat = async (times: number, ask: () => Promise<unknown>) => {
    for (let time = 0; time < times; time++) await ask();
  };

  it('of tokens have the first of each reason and issuer, and then a count', async () => {
    await start();
    await repeat(5, () => list(token({ exp: 1, iss: 'https://moodle.example.org' })));
    await repeat(3, () => list(token({ exp: 1, iss: 'https://other.example.org' })));
    await repeat(2, () => list(token({ activity: undefined })));
    await repeat(2, () => rawCall(server.url, '/api/v1/sessions'));
    const found = flushed();
    expect(found.map(({ msg, reason, issuer, count }) => [msg, reason, issuer, count])).toEqual([
      ['unauthenticated', 'expired', 'https://moodle.example.org', undefined],
      ['unauthenticated', 'expired', 'https://other.example.org', undefined],
      ['unauthenticated', 'no activity or a wrong one', undefined, undefined],
      ['unauthenticated', 'no token', undefined, undefined],
      ['unauthenticated, more of them', 'expired', 'https://moodle.example.org', 4],
      ['unauthenticated, more of them', 'expired', 'https://other.example.org', 2],
      ['unauthenticated, more of them', 'no activity or a wrong one', undefined, 1],
      ['unauthenticated, more of them', 'no token', undefined, 1],
    ]);
    expect(new Set(found.map(({ level }) => level))).toEqual(new Set([40]));
  });

  it('say that a page without a token needs AUTH=moodle', async () => {
    await start();
    await (await LegacyClient.of(server)).call('test', { sesskey: '2eswizBaBL' });
    expect(lines().map(({ reason }) => reason)).toEqual(['a sesskey of Moodle, which needs AUTH=moodle']);
  });

  it('never have the token, and the issuer only cut', async () => {
    await start();
    const long = token({ iss: 'x'.repeat(5000), exp: seconds() - 1000 });
    await list(long);
    expect(lines().map(({ issuer }) => issuer)).toEqual(['x'.repeat(100)]);
    for (const part of long.split('.')) expect(server.log.join('')).not.toContain(part);
  });

  it('stay few when callers invent issuers', async () => {
    await start();
    for (let n = 0; n < 300; n++) await list(token({ exp: 1, iss: `issuer ${n}` }));
    expect(lines()).toHaveLength(100);
    expect(flushed().at(-1)).toMatchObject({ msg: 'others, more of them', count: 200 });
  });

  it('of foreign pages have one line for each origin', async () => {
    await start({ NODE_ENV: 'production', ALLOWED_ORIGINS: 'https://moodle.example.org' });
    const page = await LegacyClient.of(server);
    const preflight = (origin: string) =>
      rawCall(server.url, '/api/v1/sessions', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
    for (const origin of ['https://a.example', 'http://localhost:5173', 'null', 'capacitor://localhost']) {
      await repeat(3, () => preflight(origin));
      await repeat(3, () => page.call('test', {}, { headers: { origin } }));
    }
    await preflight('https://moodle.example.org');
    await page.call('test', {}, { headers: { origin: 'https://moodle.example.org' } });
    await page.call('test', {}, { headers: { origin: server.url } });
    const hint = 'may not call this server. If they should, add their origin to ALLOWED_ORIGINS.';
    const noHint = 'may not call this server. Only origins with http:// or https:// can be allowed.';
    const warnings = () => lines().filter(({ msg }) => msg.startsWith('Pages of'));
    expect(warnings().map(({ msg }) => msg)).toEqual([
      `Pages of https://a.example ${hint}`,
      `Pages of http://localhost:5173 ${hint}`,
      `Pages of null ${noHint}`,
      `Pages of capacitor://localhost ${noHint}`,
    ]);
    for (let n = 0; n < 150; n++) await preflight(`https://${n}.example`);
    expect(warnings()).toHaveLength(100);
    expect(warnings().at(-1)?.msg).toMatch(/further origins are not logged\.$/);
  });

  it('of hosts and of too many requests name their variable', async () => {
    await start({ RATE_LIMIT_ADDRESS: '4', RATE_LIMIT_LOGINS: '1' });
    await repeat(2, () => rawCall(server.url, '/openapi.json', { headers: { host: 'evil.example' } }));
    await repeat(2, () => list('x'));
    await repeat(3, () => list('x'));
    expect(flushed().map(({ msg, variable, count }) => [msg, variable, count])).toEqual([
      ['misdirected_request', 'ALLOWED_HOSTS', undefined],
      ['unauthenticated', undefined, undefined],
      ['too_many_requests', 'RATE_LIMIT_LOGINS', undefined],
      ['too_many_requests', 'RATE_LIMIT_ADDRESS', undefined],
      ['misdirected_request, more of them', 'ALLOWED_HOSTS', 1],
      ['too_many_requests, more of them', 'RATE_LIMIT_ADDRESS', 2],
    ]);
    expect(server.log.join('')).not.toContain('evil.example');
  });

  it('because of another server name its variable and address, with one stack', async () => {
    const dead = await deadUrl();
    const address = new URL(dead).host;
    server = await TestServer.start({ JWKS_URL: `${dead}/keys`, LEGACY_UPSTREAM_URL: dead });
    const key = signed(claims(), { secret, header: { alg: 'RS256', kid: 'x' } });
    await repeat(3, () => list(key));
    const page = new LegacyClient(server.url, key, { userId: 2, activityId: 1 });
    await repeat(5, () => page.call('load_project'));
    const found = flushed().map(({ msg, variable, address: at, error, count }) => [
      ...[msg, variable, at, count],
      (error?.at.length ?? 0) > 0,
    ]);
    expect(found).toEqual(
      expect.arrayContaining([
        ['authentication_unavailable', 'JWKS_URL', address, undefined, true],
        ['upstream_unreachable', 'LEGACY_UPSTREAM_URL', address, undefined, true],
        ['upstream_unreachable, more of them', 'LEGACY_UPSTREAM_URL', address, 4, false],
      ]),
    );
    expect(found.filter((entry) => entry.at(-1)).length).toBeLessThanOrEqual(3);
  });
});
