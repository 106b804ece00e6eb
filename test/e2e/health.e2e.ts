import { Lifecycle } from '../../src/common/lifecycle.js';
import { DatabaseState } from '../../src/database/database-state.js';
import { must } from '../support/client.js';
import { refusal } from '../support/rest-problems.js';
import { rawCall } from '../support/rest-raw.js';
import { TestServer } from '../support/server.js';

describe('health', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await TestServer.start();
  });
  afterEach(() => server.stop());

  const ask = (path: string) => rawCall(server.url, path);

  it.each(['/livez', '/readyz'])('%s says ok, to everybody', async (path) => {
    const answer = await ask(path);
    expect(must(answer, 200)).toEqual({ status: 'ok' });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('a server that is stopping is alive and not ready, and serves who is there', async () => {
    const client = await server.client();
    server.app.get(Lifecycle).stopping = true;
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
    must(await ask('/livez'), 200);
    must(await client.createSession(), 201);
  });

  it('without a migrated database it is alive and not ready, and answers 503 to callers with a token', async () => {
    const client = await server.client();
    const state = server.app.get(DatabaseState, { strict: false });
    state.ready = false;
    expect(refusal(await ask('/readyz'), 503, 'not_ready').detail).toBe('The database is not ready.');
    must(await ask('/livez'), 200);
    refusal(await client.sessions(), 503, 'database_unavailable');
    refusal(await client.createSession(), 503, 'database_unavailable');
    refusal(await client.saveToActive({ content: 'x' }), 503, 'database_unavailable');
    refusal(await client.activate('x'), 503, 'database_unavailable');
    refusal(await ask('/api/v1/sessions'), 401, 'unauthenticated');
    refusal(await client.createSession({ title: '' }), 422, 'validation_failed');
    state.ready = true;
    must(await ask('/readyz'), 200);
    expect(must(await client.sessions(), 200).data).toEqual([]);
  });

  it('a database that has gone away makes it not ready within a second or so', async () => {
    await server.dataSource.destroy();
    const start = Date.now();
    refusal(await ask('/readyz'), 503, 'not_ready');
    expect(Date.now() - start).toBeLessThan(2000);
    must(await ask('/livez'), 200);
  });
});
