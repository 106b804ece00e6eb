import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { numbers } from '../../../support/database/access.js';
import { bodyOfPairs, rawLegacy } from '../../../support/legacy/bodies.js';
import { failure, firstAddress } from '../../../support/legacy/client.js';
import { TestServer } from '../../../support/http/server.js';
import { Upstream, project } from '../../../support/legacy/upstream.js';
import { waitUntil } from '../../../support/run/wait-until.js';

/** All places of one caller. */
const places = 64;
const mebibyte = 1024 * 1024;
const asJson = { 'content-type': 'application/json' };
const formOf = (action: string) => bodyOfPairs([['action', action]], 'urlencoded');
/** The bytes of a request with this form; without one the body is empty. */
const request = (form = '') =>
  `POST ${firstAddress} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${form.length}\r\n` +
  `${form === '' ? '' : 'Content-Type: application/x-www-form-urlencoded\r\n'}\r\n${form}`;

describe('an answer of the original endpoint that is not delivered', () => {
  let upstream: Upstream;
  let server: TestServer;
  let held: ServerResponse[];

  beforeAll(async () => {
    upstream = await Upstream.start();
    // Slow statements of a busy machine would be warned of.
    server = await TestServer.start({ LEGACY_UPSTREAM_URL: upstream.url, DATABASE_SLOW_STATEMENT_MS: '0' });
  });
  beforeEach(() => {
    held = [];
    upstream.reset();
    upstream.answer = (response) => held.push(response);
    server.log.length = 0;
  });
  afterAll(async () => {
    await server.stop();
    await upstream.stop();
  });

  const call = (action: string, to = server) => {
    const { body, type } = formOf(action);
    return rawLegacy(to, { body, headers: { 'content-type': type } });
  };
  /** What was logged as a warning or an error. */
  const warnings = () => server.log.filter((line) => (JSON.parse(line) as { level: number }).level >= 40);
  const connectionCount = () =>
    new Promise<number>((resolve) => {
      server.app.getHttpServer().getConnections((_, count) => {
        resolve(count);
      });
    });

  /** Sends these bytes on each connection, and closes all when the original has so many requests. */
  const leave = async (bytes: string, connections: number, forwarded = connections) => {
    const others = await connectionCount();
    const sockets = await Promise.all(
      numbers(connections).map(async () => {
        const socket: Socket = connect(Number(new URL(server.url).port), '127.0.0.1');
        await once(socket, 'connect');
        socket.write(bytes);
        return socket;
      }),
    );
    await waitUntil(() => held.length === forwarded);
    for (const socket of sockets) socket.destroy();
    await waitUntil(async () => (await connectionCount()) <= others);
  };

  it.each<[string, string, number, string]>([
    ['an empty body', request(), places, project],
    ['a body', request('action=x'), places, project],
    ['load_project and a large answer', request('action=load_project'), 8, `"${'x'.repeat(9 * mebibyte)}"`],
  ])('occupies no place when clients with %s left before', async (_, bytes, count, answer) => {
    for (let round = 0; round < places / count; round++) {
      held = [];
      await leave(bytes, count);
      for (const response of held) response.writeHead(200, asJson).end(answer);
      await waitUntil(() => held.every((response) => response.closed));
    }
    upstream.answer = (response) => response.end(project);
    expect((await call('x')).text).toBe(project);
    expect(warnings()).toEqual([]);
  });

  it('occupies no place when pipelined requests left before', async () => {
    await leave(request('action=x').repeat(2), places / 2, places);
    for (const response of held) response.writeHead(200, asJson).write(' ');
    await waitUntil(() => upstream.abandoned === places);
    upstream.answer = (response) => response.end(project);
    expect((await call('x')).text).toBe(project);
  });

  it.each(['closes', 'resets'])('is a failure of the original when that %s before the first byte', async (how) => {
    upstream.answer = (response) => {
      response.writeHead(200, { ...asJson, 'content-encoding': 'gzip' }).flushHeaders();
      setTimeout(() => (how === 'closes' ? response.socket?.end() : response.socket?.resetAndDestroy()), 30);
    };
    const given = await call('proxy_chat');
    expect([given.status, given.text, given.headers.get('content-encoding')]).toEqual([502, '', null]);
    for (const action of ['load_project', 'x']) failure(await call(action), 502, 'upstream_unreachable');
    expect(server.log.join('')).toContain('upstream_unreachable');
    expect(warnings().every((line) => (JSON.parse(line) as { level: number }).level === 40)).toBe(true);
  });

  it('is no error when the client leaves before the first byte', async () => {
    upstream.answer = (response) => {
      response.writeHead(200, asJson).flushHeaders();
      held.push(response);
    };
    await leave(request('action=proxy_chat'), 3);
    await waitUntil(() => upstream.abandoned === 3);
    upstream.answer = (response) => response.end(project);
    expect((await call('x')).text).toBe(project);
    expect(warnings()).toEqual([]);
  });

  it('has no words of ours for the AI when there are too many requests', async () => {
    const limited = await TestServer.start({ LEGACY_UPSTREAM_URL: upstream.url, RATE_LIMIT_ADDRESS: '1' });
    try {
      upstream.answer = (response) => response.end(project);
      expect((await call('x', limited)).text).toBe(project);
      const { status, text, headers } = await call('proxy_chat', limited);
      expect([status, text, Number(headers.get('retry-after')) > 0]).toEqual([429, '', true]);
      failure(await call('x', limited), 429, 'too_many_requests');
    } finally {
      await limited.stop();
    }
  });
});
