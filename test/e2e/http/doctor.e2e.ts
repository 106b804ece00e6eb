import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { LoadState } from '../../../src/common/load-state.js';
import { ShutdownState } from '../../../src/common/shutdown-state.js';
import { examine, said } from '../../support/doctor/examine.js';
import { KeyServer, Signer } from '../../support/http/key-server.js';
import { TestServer } from '../../support/http/server.js';
import { Upstream, deadUrl } from '../../support/legacy/upstream.js';
import { serviceName } from '../../../src/common/version.js';
import { cdnLoopId } from '../../../src/http/cdn-loop.js';

const secret = { JWT_SECRET: 'of-the-tests-of-the-doctor-over-HTTP' };

describe('beside a running server', () => {
  let server: TestServer;
  let settings: Record<string, string>;

  beforeAll(async () => {
    server = await TestServer.start({ ALLOWED_ORIGINS: 'https://known.example' });
    settings = {
      DATA_DIR: String(server.dataSource.options.database).replace(/\/[^/]+$/, ''),
      PORT: new URL(server.url).port,
    };
  });
  afterAll(() => server.stop());

  it('it asks the server for what its lock hides', async () => {
    const results = await examine(settings);
    const told = ['ok', 'in order, says the running server, which has locked the file'];
    expect(said(results.database)).toEqual(told);
    expect(said(results.migrations)).toEqual(told);
    expect(said(results.message)).toEqual(['skipped', 'not looked at: a running process has locked the file']);
    expect(said(results.server)).toEqual(['ok', expect.stringMatching(/^version \S+ is ready at http:/)]);
  });

  it('it names a file that a server with other settings has locked', async () => {
    const { port } = new URL(await deadUrl());
    const results = await examine({ ...settings, PORT: port });
    expect(said(results.database)).toEqual([
      'error',
      expect.stringMatching(/in use by another process, and no server/),
    ]);
    expect(said(results.migrations)[0]).toBe('skipped');
    expect(said(results.server)).toEqual(['skipped', `no server answers at http://127.0.0.1:${port}`]);
  });

  it('it finds a server that is stopping, and one that refuses requests', async () => {
    server.app.get(LoadState).noteRefusal();
    expect(said((await examine(settings)).server)).toEqual([
      'warning',
      expect.stringContaining('has just refused requests because too many waited'),
    ]);
    const state = server.app.get(ShutdownState);
    state.isShuttingDown = true;
    const results = await examine(settings);
    state.isShuttingDown = false;
    expect(said(results.server)).toEqual([
      'error',
      expect.stringContaining('not ready: The server is stopping. Its log'),
    ]);
  });

  it('it finds origins that the server does not know yet, and insecure ones', async () => {
    const origins = async (text: string, more = {}) =>
      said((await examine({ ...settings, ALLOWED_ORIGINS: text, ...more })).origins);
    expect(await origins('https://known.example')).toEqual(['ok', 'https://known.example may call']);
    expect(await origins('https://known.example,https://new.example')).toEqual([
      'error',
      'The running server does not allow pages of https://new.example: restart it with these settings.',
    ]);
    const production = { ...secret, NODE_ENV: 'production', PORT: '0' };
    expect(await origins('http://plain.example', production)).toEqual([
      'warning',
      expect.stringMatching(/^http:\/\/plain\.example: .* Use https:\/\/ in ALLOWED_ORIGINS\.$/),
    ]);
    expect(await origins('', production)).toEqual(['ok', 'no pages of other sites may call']);
  });

  it('it follows PUBLIC_URL to the server', async () => {
    const results = await examine({ ...settings, ...secret, PUBLIC_URL: server.url });
    expect(said(results.public_url)).toEqual(['ok', `${server.url}/ leads to this service`]);
    const below = await examine({ ...settings, ...secret, PUBLIC_URL: `${server.url}/chat-api` });
    expect(said(below.public_url)).toEqual([
      'error',
      expect.stringContaining('does not know its path: restart the server'),
    ]);
  });
});

describe('the other servers', () => {
  let web: Upstream;
  let silent: Server;
  let silentUrl: string;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    web = await Upstream.start();
    silent = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    silentUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    web.reset();
  });
  afterAll(async () => {
    silent.close();
    for (const socket of sockets) socket.destroy();
    await web.stop();
  });

  /** Without a server of its own. */
  const check = async (name: string, environment: Record<string, string>, deadlineMs = 10_000) =>
    said((await examine({ PORT: '0', DATA_DIR: '/nonexistent', ...secret, ...environment }, { deadlineMs }))[name]);
  const answering = (status: number, body: string, headers = {}) => {
    web.answer = (response) => response.writeHead(status, headers).end(body);
  };
  const problem = (code: string, instance = '/api/v1/sessions') =>
    JSON.stringify({ code, instance, requestId: 'x', status: 401 });

  it.each([
    [401, problem('unauthenticated'), 'ok', 'leads to this service'],
    [429, problem('too_many_requests'), 'ok', 'leads to this service'],
    [421, problem('misdirected_request'), 'error', 'the proxy sends another Host. Let it send that of the request'],
    [401, problem('unauthenticated', '/x/api/v1/sessions'), 'error', 'takes its path for /x/api/v1/sessions'],
    [502, '<html>', 'error', 'is answered with 502 by the proxy, which does not reach this server'],
    [404, '<html>', 'error', 'is answered with 404, and not by this service: check the path'],
    [200, '{"some":"json"}', 'error', 'is answered with 200, and not by this service'],
  ])('PUBLIC_URL that answers %d %s', async (status, body, level, text) => {
    answering(status, body);
    expect(await check('public_url', { PUBLIC_URL: web.url })).toEqual([level, expect.stringContaining(text)]);
    // The client repeats a request that was answered 421.
    expect(web.received[0]).toMatchObject({ method: 'GET', url: '/api/v1/sessions' });
  });

  it('PUBLIC_URL that redirects, is dead or not set', async () => {
    answering(301, '', { location: 'https://other.example/secret?token=hunter2' });
    expect(await check('public_url', { PUBLIC_URL: web.url })).toEqual([
      'error',
      'PUBLIC_URL redirects to https://other.example: it must be the URL that answers itself.',
    ]);
    expect(await check('public_url', { PUBLIC_URL: await deadUrl() })).toEqual([
      'error',
      expect.stringContaining('cannot be reached (ECONNREFUSED)'),
    ]);
    expect((await check('public_url', {}))[0]).toBe('skipped');
  });

  it('the key server', async () => {
    const keys = await KeyServer.start([new Signer('ES256', 'one').jwk]);
    const jwks = { JWT_SECRET: '', JWKS_URL: keys.url, JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' };
    expect(await check('key_server', jwks)).toEqual(['ok', `1 usable keys at ${keys.url}`]);
    keys.publish([{ kty: 'oct' }]);
    expect(await check('key_server', jwks)).toEqual(['error', expect.stringContaining('has no key for RS256')]);
    keys.publish([{ kty: 'EC', d: 'hunter2' }]);
    expect(await check('key_server', jwks)).toEqual(['error', expect.stringContaining('publishes a private key')]);
    keys.answers((response) => response.writeHead(200).end('<html>'));
    expect(await check('key_server', jwks)).toEqual(['error', expect.stringContaining('no JSON')]);
    keys.answers((response) => response.writeHead(500).end());
    expect(await check('key_server', jwks)).toEqual(['error', expect.stringContaining('answered with status 500')]);
    await keys.stop();
    expect(await check('key_server', jwks)).toEqual(['error', expect.stringMatching(/ECONNREFUSED|UND_ERR_SOCKET/)]);
    expect(await check('key_server', {})).toEqual(['skipped', 'JWKS_URL is not set']);
  });

  it('the original endpoint', async () => {
    const upstream = { LEGACY_UPSTREAM_URL: `${web.url}/mod/x/ajax.php` };
    expect(await check('legacy_upstream', upstream)).toEqual(['ok', `${web.url}/mod/x/ajax.php answers`]);
    expect(web.only.headers['cdn-loop']).toEqual([cdnLoopId]);
    answering(503, '');
    expect(await check('legacy_upstream', upstream)).toEqual(['warning', expect.stringContaining('answers with 503')]);
    answering(404, problem('not_found'));
    expect(await check('legacy_upstream', upstream)).toEqual(['error', expect.stringContaining('leads back to this')]);
    // As the legacy endpoint answers a GET.
    answering(405, JSON.stringify({ success: false, error: 'x', code: 'method_not_allowed' }));
    expect(await check('legacy_upstream', upstream)).toEqual(['error', expect.stringContaining('leads back to this')]);
    // As its home page answers.
    answering(200, JSON.stringify({ name: serviceName, version: '1.0.0', links: {} }));
    expect(await check('legacy_upstream', upstream)).toEqual(['error', expect.stringContaining('leads back to this')]);
    answering(405, JSON.stringify({ success: false, error: 'x' }));
    expect((await check('legacy_upstream', upstream))[0]).toBe('ok');
    expect(await check('legacy_upstream', { LEGACY_UPSTREAM_URL: await deadUrl() })).toEqual([
      'error',
      expect.stringContaining('ECONNREFUSED'),
    ]);
    expect((await check('legacy_upstream', {}))[0]).toBe('skipped');
  });

  it('that hang delay no other check, and are left at the deadline', async () => {
    const hanging = { PUBLIC_URL: silentUrl, LEGACY_UPSTREAM_URL: silentUrl, PORT: new URL(silentUrl).port };
    const keys = { JWT_SECRET: '', JWKS_URL: silentUrl, JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' };
    const start = Date.now();
    const results = await examine({ DATA_DIR: '/nonexistent', ...hanging, ...keys }, { deadlineMs: 500 });
    expect(Date.now() - start).toBeLessThan(7500);
    for (const name of ['public_url', 'legacy_upstream', 'key_server', 'server']) {
      expect([name, ...said(results[name])]).toEqual([
        name,
        'error',
        expect.stringContaining('No result within 0.5 s'),
      ]);
    }
    expect(said(results.trusted_proxies)[0]).toBe('warning');
  });
});
