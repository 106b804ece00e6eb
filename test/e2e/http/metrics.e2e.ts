import { version } from '../../../src/common/version.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { rawCall } from '../../support/rest/raw.js';
import { LegacyClient } from '../../support/legacy/client.js';
import { TestServer, newOwner } from '../../support/http/server.js';

const token = 'a-token-of-the-monitoring';
const environment = { METRICS: 'on', METRICS_TOKEN: token, QUOTA_OWNER_SESSIONS: '2' };

describe('/metrics', () => {
  let server: TestServer;
  let client: Client;

  beforeAll(async () => {
    server = await TestServer.start(environment);
  });
  beforeEach(async () => {
    client = await server.client();
  });
  afterAll(() => server.stop());

  const scrape = async (headers: object = { authorization: `Bearer ${token}` }) =>
    rawCall(server.url, '/metrics', { headers: { host: 'by-any.name', ...headers } });
  /** The value of a metric, whose labels are part of its name; 0 for one that was never counted. */
  const valueOf = async (name: string): Promise<number> => {
    const line = (await scrape()).text.split('\n').find((text) => text.startsWith(`${name} `));
    return Number(line?.slice(name.length) ?? 0);
  };
  const change = async (name: string, act: () => Promise<unknown>): Promise<number> => {
    const before = await valueOf(name);
    await act();
    return (await valueOf(name)) - before;
  };

  it('answers only with METRICS_TOKEN', async () => {
    const wrong = [{}, { authorization: `Bearer ${token}x` }, { authorization: token }];
    const ofOwner = { authorization: `Bearer ${await server.token(newOwner())}` };
    for (const headers of [...wrong, ofOwner]) {
      const { status, body, headers: answered } = await scrape(headers);
      expect([status, body.code, answered.get('www-authenticate')]).toEqual([
        401,
        'unauthenticated',
        expect.stringMatching(/^Bearer/),
      ]);
    }
    expect(expectStatus(await client.call('GET', '/api/v1/sessions'), 200)).toBeDefined();
    const asOwner = await rawCall(server.url, '/api/v1/sessions', { headers: { authorization: `Bearer ${token}` } });
    expect(asOwner.status).toBe(401);
  });

  it('is in the format of Prometheus, with the version and what the process uses', async () => {
    const { status, text, headers } = await scrape();
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(text).toContain(`chat_store_info{version="${version}",engine="sqlite"} 1\n`);
    for (const name of [
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_p99_seconds',
    ])
      expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'));
  });

  it('counts requests by route and status, without what callers choose', async () => {
    const session = await client.newSession();
    const route = '{method="GET",route="/api/v1/sessions/:sessionId",status="200"}';
    const name = `chat_store_http_request_duration_seconds_count${route}`;
    expect(await change(name, () => client.session(session))).toBe(1);
    const unknown = 'chat_store_http_request_duration_seconds_count{method="GET",route="(none)",status="404"}';
    expect(await change(unknown, () => client.call('GET', '/any-thing-1234'))).toBe(1);
    expect((await scrape()).text).not.toMatch(new RegExp(`${session}|any-thing-1234`));
  });

  it('counts saves and replays of REST and of the legacy endpoint', async () => {
    const session = await client.newSession();
    const message = { content: 'once', clientMessageId: 'a' };
    expect(await change('chat_store_saves_total{outcome="saved"}', () => client.save(session, message))).toBe(1);
    expect(await change('chat_store_saves_total{outcome="replayed"}', () => client.save(session, message))).toBe(1);
    const legacy = new LegacyClient(server.url, client.token, client.owner);
    const append = () => legacy.call('append_message', { session_id: session, role: 'user', content: 'twice' });
    expect(await change('chat_store_saves_total{outcome="saved"}', append)).toBe(1);
  });

  it('counts refused requests by their code', async () => {
    await client.newSession();
    await client.newSession();
    expect(await change('chat_store_refusals_total{code="quota_exceeded"}', () => client.createSession())).toBe(1);
    const anonymous = () => rawCall(server.url, '/api/v1/sessions');
    expect(await change('chat_store_refusals_total{code="unauthenticated"}', anonymous)).toBe(1);
  });

  it('says how many connections there are, in use and waited for', async () => {
    const connections = 'chat_store_database_connections';
    const names = [`${connections}{state="total"}`, `${connections}{state="used"}`, 'chat_store_database_waiting'];
    expect(await Promise.all(names.map(valueOf))).toEqual([1, 0, 0]);
  });
});

describe('/metrics without METRICS=on', () => {
  it('does not exist', async () => {
    const server = await TestServer.start();
    const { status } = await rawCall(server.url, '/metrics', { headers: { authorization: `Bearer ${token}` } });
    await server.stop();
    expect(status).toBe(404);
  });
});
