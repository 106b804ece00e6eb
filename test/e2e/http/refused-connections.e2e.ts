import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { InFlightMemory } from '../../../src/http/in-flight-memory.js';
import type { Owner } from '../../../src/owners/owner.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { testSecret } from '../../support/rest/tokens.js';
import { TestServer, newOwner } from '../../support/http/server.js';
import { waitUntil } from '../../support/run/wait-until.js';

const repetitions = 5;
const legacyPath = '/mod/writeassistdev/ajax.php';
const json = 'Content-Type: application/json';
const css = 'Content-Type: text/css';
/** A body of which the end never comes. */
const half = `Content-Length: 60000\r\n\r\n${'x'.repeat(20_000)}`;

const tooLong = 'x'.repeat(7_500_000);

describe('a connection whose request was refused', () => {
  let server: TestServer;
  /** A server with short limits, which a slow machine may exceed: only for requests that exceed them in any case. */
  let hasty: TestServer;
  let owner: Owner;
  let token: string;

  beforeAll(async () => {
    server = await TestServer.start({ RATE_LIMIT_OWNER: '120', JWT_SECRET: testSecret });
    hasty = await TestServer.start({ JWT_SECRET: testSecret });
    const http = hasty.app.getHttpServer();
    // Node checks the time limits at an interval that it reads when it begins to listen.
    Object.assign(http, { connectionsCheckingInterval: 100, headersTimeout: 3000, requestTimeout: 3000 });
    http.emit('listening');
  });
  beforeEach(async () => {
    owner = newOwner();
    token = await server.token(owner);
  });
  afterAll(async () => {
    await Promise.all([server.stop(), hasty.stop()]);
  });

  /** Sends this, and keeps its own side of the connection open. */
  const open = async (bytes: string, to = server): Promise<Socket> => {
    const { hostname, port } = new URL(to.url);
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(bytes);
    return socket;
  };
  const statusOf = async (socket: Socket) => {
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return Number(answer.toString().split(' ', 2)[1]);
  };
  const connectionsTo = (one: TestServer) =>
    new Promise<number>((resolve) => {
      one.app.getHttpServer().getConnections((_, count) => {
        resolve(count);
      });
    });
  const connections = async () => (await connectionsTo(server)) + (await connectionsTo(hasty));
  const heldBy = (one: TestServer) => {
    const { requests, responses, proxied } = one.app.get(InFlightMemory);
    return requests.heldBytes + responses.heldBytes + proxied.heldBytes;
  };
  const held = () => heldBy(server) + heldBy(hasty);
  const post = (path: string, ...headers: string[]) =>
    [`POST ${path} HTTP/1.1`, 'Host: localhost', ...headers].join('\r\n');
  const bearer = () => `Authorization: Bearer ${token}`;

  /** By what is wrong with them, requests of which the rest never comes, and their statuses. */
  const unfinished = (): Record<string, [number, string]> => ({
    'a wrong length of a chunk': [400, `${post(legacyPath, json, 'Transfer-Encoding: chunked')}\r\n\r\nx\r\n`],
    'a URL that cannot be decoded': [400, post('/%zz', json, half)],
    'no token': [401, post('/api/v1/messages', json, half)],
    'an unknown path': [404, post('/api/v1/nothing', bearer(), css, half)],
    'a wrong method': [405, post('/livez', css, half)],
    'a body that does not end': [408, post('/api/v1/messages', bearer(), json, half)],
    'a header that does not end': [408, post('/api/v1/messages', 'X-Half: ')],
    'a length above the limit': [413, post(legacyPath, json, half.replace('60000', '60000000'))],
    'chunks above the limit': [
      413,
      `${post(legacyPath, json, 'Transfer-Encoding: chunked')}\r\n\r\n7fffff\r\n${tooLong}`,
    ],
    'a wrong type': [415, post('/api/v1/messages', bearer(), css, half)],
    'a foreign host': [421, post(legacyPath, json, half).replace('localhost', 'elsewhere.example')],
    'too long headers': [431, post(legacyPath, `X-Long: ${'x'.repeat(20_000)}`, half)],
  });

  it('is closed soon when the rest does not come, though its client keeps it open and sends more', async () => {
    const before = await connections();
    const requests = Object.entries(unfinished()).flatMap((request) =>
      Array<typeof request>(repetitions).fill(request),
    );
    const sockets = await Promise.all(
      requests.map(([, [status, bytes]]) => open(bytes, status === 408 ? hasty : server)),
    );
    const answered = await Promise.all(
      sockets.map(async (socket, index) => [requests[index]?.[0], await statusOf(socket)] as const),
    );
    expect(answered).toEqual(requests.map(([what, [status]]) => [what, status]));
    const timer = setInterval(() => {
      for (const socket of sockets) socket.write('x');
    }, 50);
    await waitUntil(async () => (await connections()) <= before).finally(() => {
      clearInterval(timer);
    });
    await waitUntil(() => held() === 0);
  });

  it('because its body was late is not served when the rest arrives', async () => {
    const client = await hasty.client(owner);
    const session = await client.newSession();
    const message = JSON.stringify({ role: 'user', content: 'late' });
    const head = [`POST /api/v1/sessions/${session}/messages HTTP/1.1`, 'Host: localhost', json];
    const length = `Content-Length: ${message.length}`;
    const socket = await open(
      [...head, `Authorization: Bearer ${token}`, length, '', message.slice(0, 10)].join('\r\n'),
      hasty,
    );
    expect(await statusOf(socket)).toBe(408);
    socket.end(message.slice(10));
    await once(socket, 'close');
    expect(expectStatus(await client.session(session), 200).messageCount).toBe(0);
  });

  it('because of bytes after a request sends the answer to the request first', async () => {
    const client = await server.client(owner);
    const session = await client.newSession();
    const message = JSON.stringify({ role: 'user', content: 'x' });
    const head = [`POST /api/v1/sessions/${session}/messages HTTP/1.1`, 'Host: localhost', json];
    const length = `Content-Length: ${message.length}`;
    const socket = await open([...head, `Authorization: Bearer ${token}`, length, '', `${message}x`].join('\r\n'));
    const closed = once(socket, 'close');
    expect(await statusOf(socket)).toBe(201);
    socket.end();
    await closed;
  });

  it.each<[string, number, (client: Client) => Promise<unknown>]>([
    ['a wrong field', 422, () => Promise.resolve()],
    ['too many requests', 429, async (client) => waitUntil(async () => (await client.sessions()).status === 429)],
  ])('holds nothing after a whole request: %s', async (_, status, prepare) => {
    await prepare(await server.client(owner));
    const sockets = await Promise.all(Array.from({ length: repetitions }, () => open(body('{}'))));
    expect(await Promise.all(sockets.map(statusOf))).toEqual(sockets.map(() => status));
    for (const socket of sockets) socket.resetAndDestroy();
    await waitUntil(() => held() === 0);
  });

  it.each<[string, (session: string) => string]>([
    ['body', () => post('/api/v1/messages', bearer(), json, half)],
    ['response', (session) => get(`/api/v1/sessions/${session}/messages`).repeat(20)],
  ])('holds nothing after its client has left half way through a %s', async (_, bytes) => {
    const client = await server.client(owner);
    const session = await client.newSession();
    expectStatus(await client.save(session, { content: 'x'.repeat(1_000_000) }), 201);
    const sockets = await Promise.all(Array.from({ length: repetitions }, () => open(bytes(session))));
    await waitUntil(() => held() > 0);
    for (const socket of sockets) socket.resetAndDestroy();
    await waitUntil(() => held() === 0);
  });

  const body = (text: string) =>
    `${post('/api/v1/messages', bearer(), json, `Content-Length: ${text.length}`)}\r\n\r\n${text}`;
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${bearer()}\r\n\r\n`;
  it('gets no further request begun', async () => {
    const client = await server.client(owner);
    const save = body('{"role":"user","content":"x"}');
    const socket = await open(`${post('/api/v1/messages', json, 'Content-Length: 10')}\r\n\r\n{`);
    expect(await statusOf(socket)).toBe(401);
    socket.write(`"a": "b"}${save}`);
    await waitUntil(() => socket.destroyed || socket.readableEnded);
    expectStatus(await client.sessions(), 200);
    expect(expectStatus(await client.sessions(), 200).data).toEqual([]);
  });
});
