import { version } from '../../../src/common/version.js';
import type { ProblemDto } from '../../../src/http/problem.dto.js';
import { DatabaseWork } from '../../../src/database/work/database-work.js';
import { atCommit, restoreRunners } from '../../support/database/faults.js';
import { engine } from '../../support/database/test-database.js';
import { OtlpReceiver, newParent } from '../../support/http/otlp-receiver.js';
import { TestServer } from '../../support/http/server.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { rawCall } from '../../support/rest/raw.js';
import { waitUntil } from '../../support/run/wait-until.js';

const database = { 'db.system.name': engine() === 'mariadb' ? 'mysql' : 'sqlite' };
const messages = '/api/v1/sessions/:sessionId/messages';

describe('the trace of a request', () => {
  let receiver: OtlpReceiver;
  let server: TestServer;
  let client: Client;

  beforeAll(async () => {
    receiver = await OtlpReceiver.start();
    server = await TestServer.start({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=key%20of%20the%20receiver',
      OTEL_SERVICE_NAME: 'chats',
      // One connection for each caller.
      DATABASE_POOL_SIZE: '2',
    });
  });
  beforeEach(async () => {
    client = await server.client();
  });
  afterEach(restoreRunners);
  afterAll(async () => {
    await server.stop();
    await receiver.stop();
  });

  const logged = (traceId: string) => server.log.filter((line) => line.includes(`"traceId":"${traceId}"`));
  const failCommits = (times: number) => {
    const error = Object.assign(new Error('deadlock'), {
      code: 'OF_THE_TEST',
      ...(engine() === 'mariadb' ? { errno: 1213 } : { errcode: 5 }),
    });
    atCommit(server.dataSource, times, () => Promise.reject(error));
  };

  it('continues that of the caller, and has a span for each use of the database', async () => {
    const session = await client.newSession();
    const { traceparent, traceId, spanId } = newParent();
    const saved = await client.call(
      'POST',
      messages.replace(':sessionId', session),
      { role: 'user', content: 'hi' },
      {
        headers: { traceparent },
      },
    );
    expectStatus(saved, 201);
    const [transaction, request] = await receiver.trace(traceId, 2);
    expect(request).toMatchObject({
      ...{ name: `POST ${messages}`, kind: 2, parent: spanId, hasFailed: false, events: [] },
      attributes: { 'http.request.method': 'POST', 'http.route': messages, 'http.response.status_code': 201 },
    });
    expect(transaction).toMatchObject({
      ...{ name: 'database transaction', kind: 3, parent: request?.id, hasFailed: false, events: [] },
      attributes: database,
    });
    expect(logged(traceId)).toHaveLength(1);
  });

  it('names the service, and is sent with the configured headers', async () => {
    const { traceparent, traceId } = newParent();
    await client.call('GET', '/livez', undefined, { headers: { traceparent } });
    await receiver.trace(traceId, 1);
    expect(receiver.resource).toMatchObject({ 'service.name': 'chats', 'service.version': version });
    expect(receiver.headers.at(-1)).toMatchObject({ 'x-api-key': 'key of the receiver' });
  });

  it('has no id, owner, text, token or URL', async () => {
    const session = await client.newSession({ title: 'a title of the test' });
    const { traceparent, traceId } = newParent();
    const headers = { traceparent, 'x-request-id': 'request-of-the-test' };
    const body = { role: 'user', content: 'a text of the test', clientMessageId: 'id-of-the-client' };
    await client.call('POST', messages.replace(':sessionId', session), body, { headers });
    await client.call('GET', `${messages.replace(':sessionId', session)}?limit=17`, undefined, { headers });
    await client.call('GET', '/a-path-of-the-test', undefined, { headers });
    const spans = await receiver.trace(traceId, 5);
    const sent = receiver.bodies.join('\n');
    for (const secret of [session, client.token, 'of the test', 'of-the', 'limit=', server.url])
      expect(sent).not.toContain(secret);
    const texts = JSON.stringify(spans.map(({ name, attributes, events }) => ({ name, attributes, events })));
    expect(texts).not.toContain(String(client.owner.userId));
  });

  it('begins anew without a valid traceparent, and its id is in the problem and the log', async () => {
    for (const traceparent of ['rubbish', `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`, '']) {
      const answer = await client.call('GET', '/api/v1/sessions/none', undefined, { headers: { traceparent } });
      const { traceId = '', requestId } = expectStatus<ProblemDto>(answer, 404);
      expect(traceId).toMatch(/^[0-9a-f]{32}$/);
      const request = (await receiver.trace(traceId, 2)).find(({ kind }) => kind === 2);
      expect(request).toMatchObject({ parent: undefined, hasFailed: false });
      expect(logged(traceId).join()).toContain(requestId);
    }
  });

  it('is not sent when the caller has decided so, and its id is in the log all the same', async () => {
    const [unsampled, sampled] = [newParent({ sampled: false }), newParent()];
    for (const { traceparent } of [unsampled, sampled])
      await client.call('GET', '/x', undefined, { headers: { traceparent } });
    await receiver.trace(sampled.traceId, 1);
    expect(logged(unsampled.traceId)).toHaveLength(1);
    expect(receiver.bodies.join()).not.toContain(unsampled.traceId);
  });

  it('shows that a transaction ran again', async () => {
    const { traceparent, traceId } = newParent();
    failCommits(1);
    expectStatus(await client.call('POST', '/api/v1/sessions', {}, { headers: { traceparent } }), 201);
    const [transaction, request] = await receiver.trace(traceId, 2);
    expect(transaction).toMatchObject({
      ...{ hasFailed: true, events: ['retry OF_THE_TEST'], attributes: { ...database, 'error.type': 'OF_THE_TEST' } },
    });
    expect(request?.hasFailed).toBe(false);
  });

  it('has failed with a 5xx, by the code of the problem', async () => {
    const { traceparent, traceId } = newParent();
    failCommits(6);
    const answer = await client.call('POST', '/api/v1/sessions', {}, { headers: { traceparent } });
    expect(expectStatus<unknown>(answer, 503)).toMatchObject({ code: 'database_busy', traceId });
    for (const span of await receiver.trace(traceId, 2))
      expect(span).toMatchObject({ hasFailed: true, attributes: { 'error.type': 'database_busy' } });
  });

  it('has a request whose URL cannot be decoded, and one without a route', async () => {
    for (const path of ['/%ff', '/nowhere']) {
      const { traceparent, traceId } = newParent();
      const { body } = await rawCall(server.url, path, { headers: { traceparent } });
      expect(body).toMatchObject({ traceId });
      expect(await receiver.trace(traceId, 1)).toMatchObject([
        { name: 'GET', attributes: { 'http.response.status_code': body.status } },
      ]);
    }
  });

  it('shows that work waited for a connection', async () => {
    const [first, second] = [newParent(), newParent()];
    const work = server.app.get(DatabaseWork, { strict: false });
    let goOn!: () => void;
    const released = new Promise<void>((resolve) => (goOn = resolve));
    atCommit(server.dataSource, 1, async (commit) => {
      await released;
      await commit();
    });
    const create = ({ traceparent }: { traceparent: string }) =>
      client.call('POST', '/api/v1/sessions', {}, { headers: { traceparent } });
    const holding = create(first);
    await waitUntil(() => work.load.running === 1);
    const waiting = create(second);
    await waitUntil(() => work.load.waiting === 1);
    goOn();
    expect([(await holding).status, (await waiting).status]).toEqual([201, 201]);
    const eventsOf = async (traceId: string) => (await receiver.trace(traceId, 2)).map(({ events }) => events);
    expect(await eventsOf(first.traceId)).toEqual([[], []]);
    expect(await eventsOf(second.traceId)).toEqual([['wait for a connection', 'have a connection'], []]);
  });
});

describe('without OTEL_EXPORTER_OTLP_ENDPOINT', () => {
  it('neither the problem nor the log has a trace', async () => {
    const server = await TestServer.start();
    const { traceparent } = newParent();
    const { body } = await rawCall(server.url, '/nowhere', { headers: { traceparent } });
    await server.stop();
    expect(body).not.toHaveProperty('traceId');
    expect(server.log.join()).not.toContain('traceId');
  });
});
