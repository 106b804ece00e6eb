import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { LegacyClient, failure } from '../../support/legacy/client.js';
import { refusal } from '../../support/rest/problems.js';
import { TestServer } from '../../support/http/server.js';
import { full } from '../../support/run/full.js';
import { waitUntil } from '../../support/run/wait-until.js';

/** The numbers of connections, and of requests on each. */
const floods: [string, number, number][] = [
  ['on separate connections', 40, 1],
  ['pipelined on one connection', 1, 40],
];

/** Each poll prepares or sends megabytes, which takes a slow machine seconds. */
const waitMs = 45_000;

describe('answers that the client does not read', () => {
  let server: TestServer;
  let client: Client;
  let session: string;
  const open: Socket[] = [];

  beforeAll(async () => {
    server = await TestServer.start();
    client = await server.client();
    session = await client.newSession();
    for (let count = 0; count < 8; count++)
      expectStatus(await client.save(session, { content: 'x'.repeat(1_000_000) }), 201);
  });
  afterEach(() => {
    for (const socket of open.splice(0)) socket.destroy();
  });
  afterAll(() => server.stop());

  /** Sends requests and reads nothing of the answers. */
  const ask = async (path: string, { times = 1, token = client.token } = {}) => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.pause();
    open.push(socket);
    await once(socket, 'connect');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`.repeat(times));
  };
  const page = () => `/api/v1/sessions/${session}/messages?limit=100`;
  const hasStatus = (path: string, status: number) => () =>
    client.call('GET', path).then((answer) => answer.status === status);
  /** Asks for one more answer each time, because the call itself may have had the last share while the others came. */
  const isRefused = (path: string) => async () => {
    if (await hasStatus(path, 503)()) return true;
    await ask(path);
    return false;
  };

  it.each(full(floods, floods.slice(0, 1)))(
    'are limited in memory per owner: %s. Others are served, and the same owner after they are closed',
    async (_, connections, times) => {
      for (let count = 0; count < connections; count++) await ask(page(), { times });
      await waitUntil(isRefused(page()), waitMs);
      const refused = await client.call('GET', page());
      refusal(refused, 503, 'server_busy');
      const old = new LegacyClient(server.url, client.token, client.owner);
      failure(await old.call('get_session_messages', { session_id: session }), 503, 'server_busy');
      // Small answers are not counted, and other owners have their own share.
      expectStatus(await client.sessions(), 200);
      const other = await server.client();
      const theirs = await other.newSession();
      expectStatus(await other.save(theirs, { content: 'y'.repeat(1_000_000) }), 201);
      expectStatus(await other.call('GET', `/api/v1/sessions/${theirs}/messages`), 200);
      for (const socket of open.splice(0)) socket.destroy();
      await waitUntil(hasStatus(page(), 200), waitMs);
    },
    150_000,
  );

  it('are counted in bytes, not in characters', async () => {
    const writer = await server.client();
    const id = await writer.newSession();
    for (let count = 0; count < 8; count++) expectStatus(await writer.save(id, { content: '漢'.repeat(330_000) }), 201);
    const path = `/api/v1/sessions/${id}/messages?limit=100`;
    // As many characters as three pages have bytes.
    for (let count = 0; count < 9; count++) await ask(path, { token: writer.token });
    await waitUntil(() => writer.call('GET', path).then(({ status }) => status === 503), waitMs);
  }, 150_000);

  it('are limited in memory for the OpenAPI document, which needs no token', async () => {
    for (let count = 0; count < 4; count++) await ask('/openapi.json', { times: 250 });
    await waitUntil(isRefused('/openapi.json'), waitMs);
    refusal(await client.call('GET', '/openapi.json'), 503, 'server_busy');
    expectStatus(await client.call('GET', page()), 200);
    for (const socket of open.splice(0)) socket.destroy();
    await waitUntil(hasStatus('/openapi.json', 200), waitMs);
  }, 150_000);
});
