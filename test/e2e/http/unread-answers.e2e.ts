import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { LegacyClient, failure } from '../../support/legacy/client.js';
import { refusal } from '../../support/rest/problems.js';
import { TestServer } from '../../support/http/server.js';
import { full } from '../../support/run/full.js';

/** Connections, and requests on each. */
const floods: [string, number, number][] = [
  ['on connections of their own', 40, 1],
  ['behind each other on one connection', 1, 40],
];

describe('answers that nobody takes', () => {
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

  /** Asks for a page of eight megabytes, and takes nothing of it. */
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
  /** Until it answers nobody any more, or a while has gone. */
  const settled = () => sleep(1500);

  it.each(full(floods, floods.slice(0, 1)))(
    'hold only so much of the memory: %s. Others are served, and the same one when they are gone',
    async (_, connections, times) => {
      for (let count = 0; count < connections; count++) await ask(page(), { times });
      await settled();
      const refused = await client.call('GET', page());
      refusal(refused, 503, 'server_busy');
      const old = new LegacyClient(server.url, client.token, client.owner);
      failure(await old.call('get_session_messages', { session_id: session }), 503, 'server_busy');
      // Small ones are not counted, and others have a share of their own.
      expectStatus(await client.sessions(), 200);
      const other = await server.client();
      const theirs = await other.newSession();
      expectStatus(await other.save(theirs, { content: 'y'.repeat(1_000_000) }), 201);
      expectStatus(await other.call('GET', `/api/v1/sessions/${theirs}/messages`), 200);
      for (const socket of open.splice(0)) socket.destroy();
      await sleep(300);
      expectStatus(await client.call('GET', page()), 200);
    },
    60_000,
  );

  it('of the documentation, which needs no token, do not either', async () => {
    for (let count = 0; count < 4; count++) await ask('/openapi.json', { times: 250 });
    await settled();
    refusal(await client.call('GET', '/openapi.json'), 503, 'server_busy');
    expectStatus(await client.call('GET', page()), 200);
    for (const socket of open.splice(0)) socket.destroy();
    await sleep(300);
    expectStatus(await client.call('GET', '/openapi.json'), 200);
  }, 60_000);
});
