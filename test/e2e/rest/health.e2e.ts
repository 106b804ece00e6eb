import { createServer } from 'node:http';
import { LoadState } from '../../../src/common/load-state.js';
import { ShutdownState } from '../../../src/common/shutdown-state.js';
import { version } from '../../../src/common/version.js';
import { DatabaseState } from '../../../src/database/connection/database-state.js';
import { HealthServer } from '../../../src/health/health-server.js';
import { HealthService } from '../../../src/health/health.service.js';
import { FaultProxy } from '../../support/database/fault-proxy.js';
import { expectStatus } from '../../support/rest/client.js';
import { refusal } from '../../support/rest/problems.js';
import { rawCall } from '../../support/rest/raw.js';
import { send } from '../../support/http/send.js';
import { TestServer } from '../../support/http/server.js';
import { waitUntil } from '../../support/run/wait-until.js';

describe('health', () => {
  let server: TestServer;
  let proxy: FaultProxy | undefined;

  beforeEach(async () => {
    server = await TestServer.start({}, async (url) => {
      proxy = await FaultProxy.start(url);
      return proxy.url;
    });
  });
  afterEach(async () => {
    await server.stop();
    proxy?.stop();
  });

  const ask = (path: string) => rawCall(server.url, path);
  /** Asks until the answer is 200: the check of the database has a second, too short while this machine stands still. */
  const untilReady = async <Answer extends { status: number }>(asking: () => Promise<Answer>): Promise<Answer> => {
    let answer = await asking();
    await waitUntil(async () => answer.status === 200 || (answer = await asking()).status === 200);
    return answer;
  };

  it.each([
    ['/livez', { status: 'ok' }],
    ['/readyz', { status: 'ok', version }],
  ])('%s answers without a token', async (path, body) => {
    const answer = await untilReady(() => ask(path));
    expect(expectStatus(answer, 200)).toEqual(body);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('a server that is stopping is alive, not ready, and serves open connections', async () => {
    const client = await server.client();
    server.app.get(ShutdownState).isShuttingDown = true;
    const problem = refusal(await ask('/readyz'), 503, 'not_ready');
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'The server is stopping.',
      instance: '/readyz',
      code: 'not_ready',
      requestId: problem.requestId,
      missing: ['server'],
    });
    expectStatus(await ask('/livez'), 200);
    expectStatus(await client.createSession(), 201);
    // A connection that is kept open could carry a request when it is closed.
    for (const path of ['/livez', '/api/v1/sessions', '/nothing', '/api/v1/%zz']) {
      const { headers } = await send(server.url, path);
      expect([path, headers.get('connection')]).toEqual([path, 'close']);
    }
  });

  it('a port of its own answers the same, and is not ready while the main port is closed', async () => {
    const service = server.app.get(HealthService, { strict: false });
    const url = await new HealthServer(service, server.app.getHttpServer()).listen('127.0.0.1', 0);
    const early = await new HealthServer(service, createServer()).listen('127.0.0.1', 0);
    const ready = await untilReady(() => rawCall(url, '/readyz'));
    expect(ready.body).toEqual({ status: 'ok', version });
    expectStatus(await rawCall(early, '/livez'), 200);
    expect(refusal(await rawCall(early, '/readyz'), 503, 'not_ready').detail).toBe('The server is starting.');
    refusal(await rawCall(url, '/api/v1/sessions'), 404, 'not_found');
    server.app.get(ShutdownState).isShuttingDown = true;
    refusal(await rawCall(url, '/readyz'), 503, 'not_ready');
    expectStatus(await rawCall(url, '/livez'), 200);
  });

  it('a server without a migrated database is alive, not ready, and answers 503 to requests with a token', async () => {
    const client = await server.client();
    const state = server.app.get(DatabaseState, { strict: false });
    state.isReady = false;
    expect(refusal(await ask('/readyz'), 503, 'not_ready').detail).toBe('The database is not ready.');
    expectStatus(await ask('/livez'), 200);
    refusal(await client.sessions(), 503, 'database_unavailable');
    refusal(await client.createSession(), 503, 'database_unavailable');
    refusal(await client.saveToActive({ content: 'x' }), 503, 'database_unavailable');
    refusal(await client.activate('x'), 503, 'database_unavailable');
    refusal(await ask('/api/v1/sessions'), 401, 'unauthenticated');
    refusal(await client.createSession({ title: '' }), 422, 'validation_failed');
    state.isReady = true;
    await untilReady(() => ask('/readyz'));
    expect(expectStatus(await client.sessions(), 200).data).toEqual([]);
  });

  it('a server whose database is unreachable is alive and not ready', async () => {
    if (proxy) proxy.stop();
    else await server.dataSource.destroy();
    const start = Date.now();
    const problem = refusal(await ask('/readyz'), 503, 'not_ready');
    expect(problem).toMatchObject({ detail: 'The database cannot be reached.', missing: ['database'] });
    expect(problem).not.toHaveProperty('checks');
    // Sooner than the time limit of a connection ends it.
    expect(Date.now() - start).toBeLessThan(4900);
    expectStatus(await ask('/livez'), 200);
  });

  it('names outstanding migrations', async () => {
    const state = server.app.get(DatabaseState, { strict: false });
    Object.assign(state, { isReady: false, missing: 'migrations' });
    expect(refusal(await ask('/readyz'), 503, 'not_ready')).toMatchObject({
      detail: 'Migrations of the database are outstanding.',
      missing: ['migrations'],
    });
  });

  describe('?verbose', () => {
    const checks = (failed: string[] = []) =>
      ['server', 'database', 'migrations', 'load'].map((name) => ({ name, ok: !failed.includes(name) }));

    it('lists the checks for a caller of this machine', async () => {
      for (const query of ['?verbose', '?verbose=1', '?x&verbose=']) {
        const { body } = await untilReady(() => ask(`/readyz${query}`));
        expect(body).toEqual({ status: 'ok', version, checks: checks() });
      }
      server.app.get(ShutdownState).isShuttingDown = true;
      Object.assign(server.app.get(DatabaseState, { strict: false }), { isReady: false, missing: 'migrations' });
      expect(refusal(await ask('/readyz?verbose'), 503, 'not_ready')).toMatchObject({
        detail: 'The server is stopping.',
        missing: ['server', 'migrations'],
        checks: checks(['server', 'migrations']),
      });
    });

    it('says nothing of the migrations of a database that cannot be asked', async () => {
      Object.assign(server.app.get(DatabaseState, { strict: false }), { isReady: false, missing: 'connection' });
      const { checks: listed } = refusal(await ask('/readyz?verbose'), 503, 'not_ready') as { checks?: object };
      expect(listed).toEqual(checks(['database']).filter(({ name }) => name !== 'migrations'));
    });

    it('names the load after a refusal, which leaves the server ready', async () => {
      server.app.get(LoadState).noteRefusal();
      const { body } = await untilReady(() => ask('/readyz?verbose'));
      expect(body).toEqual({
        status: 'ok',
        version,
        checks: checks(['load']),
      });
    });

    it.each([
      ['a header of a proxy', { 'x-forwarded-for': '10.0.0.1' }],
      ['another Host', { host: 'chat.example' }],
    ])('is answered like /readyz with %s', async (_, headers) => {
      const { body } = await untilReady(() => send(server.url, '/readyz?verbose', { headers }));
      expect(body).toEqual({ status: 'ok', version });
    });

    it('is answered in full on the port of its own, and not for a path that only contains the word', async () => {
      const service = server.app.get(HealthService, { strict: false });
      const url = await new HealthServer(service, server.app.getHttpServer()).listen('127.0.0.1', 0);
      const headers = { 'x-forwarded-for': '10.0.0.1' };
      const proxied = await untilReady(() => send(url, '/readyz?verbose', { headers }));
      expect(proxied.body).toEqual({ status: 'ok', version, checks: checks() });
      const other = await untilReady(() => rawCall(url, '/readyz?verbosely'));
      expect(other.body).toEqual({ status: 'ok', version });
    });
  });
});
