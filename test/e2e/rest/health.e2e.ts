import { createServer } from 'node:http';
import { ShutdownState } from '../../../src/common/shutdown-state.js';
import { version } from '../../../src/common/version.js';
import { DatabaseState } from '../../../src/database/connection/database-state.js';
import { HealthController } from '../../../src/health/health.controller.js';
import { HealthServer } from '../../../src/health/health-server.js';
import { FaultProxy } from '../../support/database/fault-proxy.js';
import { expectStatus } from '../../support/rest/client.js';
import { refusal } from '../../support/rest/problems.js';
import { rawCall } from '../../support/rest/raw.js';
import { send } from '../../support/http/send.js';
import { TestServer } from '../../support/http/server.js';

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

  it.each([
    ['/livez', { status: 'ok' }],
    ['/readyz', { status: 'ok', version }],
  ])('%s answers without a token', async (path, body) => {
    const answer = await ask(path);
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
    const controller = server.app.get(HealthController, { strict: false });
    const url = await new HealthServer(controller, server.app.getHttpServer()).listen('127.0.0.1', 0);
    const early = await new HealthServer(controller, createServer()).listen('127.0.0.1', 0);
    expect(expectStatus(await rawCall(url, '/readyz'), 200)).toEqual({ status: 'ok', version });
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
    expectStatus(await ask('/readyz'), 200);
    expect(expectStatus(await client.sessions(), 200).data).toEqual([]);
  });

  it('a server whose database is unreachable is alive and not ready, within two seconds', async () => {
    if (proxy) proxy.stop();
    else await server.dataSource.destroy();
    const start = Date.now();
    refusal(await ask('/readyz'), 503, 'not_ready');
    expect(Date.now() - start).toBeLessThan(2000);
    expectStatus(await ask('/livez'), 200);
  });
});
