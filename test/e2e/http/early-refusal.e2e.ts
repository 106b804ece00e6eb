import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectStatus } from '../../support/rest/client.js';
import { LegacyClient, failure } from '../../support/legacy/client.js';
import { firstLine } from '../../support/rest/raw.js';
import { TestServer } from '../../support/http/server.js';

/** Sends only the head of a request with a large Content-Length, and returns the first line of the answer. */
function promiseBody(server: TestServer, path: string, headers: string[] = []): Promise<string> {
  const head = [`POST ${path} HTTP/1.1`, 'Host: localhost', 'Content-Type: application/json'];
  return firstLine(server.url, [...head, 'Content-Length: 6000000', ...headers, '', '{'], 500);
}

describe('a large body', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());

  it('is rejected before it arrives if there is no token', async () => {
    expect(await promiseBody(server, '/api/v1/messages')).toBe('HTTP/1.1 401 Unauthorized');
    expect(await promiseBody(server, '/%61pi/v1/messages')).toBe('HTTP/1.1 401 Unauthorized');
  });

  it('is waited for if there is a token', async () => {
    const { token } = await server.client();
    const answer = promiseBody(server, '/api/v1/messages', [`Authorization: Bearer ${token}`]);
    expect(await answer).toBe('no answer');
  });

  describe('of a caller that is not yet authenticated', () => {
    const path = '/mod/writeassistdev/ajax.php';
    const open: Socket[] = [];
    afterEach(async () => {
      for (const socket of open.splice(0)) socket.destroy();
      await sleep(50);
    });
    /** Announces a body and sends none of it. */
    const hold = async (length: string) => {
      const { hostname, port } = new URL(server.url);
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      open.push(socket);
      socket.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${length}\r\n\r\n`);
    };
    const busy = 'HTTP/1.1 503 Service Unavailable';

    it.each(['Content-Length: 6000000', 'Transfer-Encoding: chunked'])(
      'is rejected while others hold the memory limit: %s. Small bodies are accepted meanwhile, large ones afterwards',
      async (length) => {
        for (let count = 0; count < 11; count++) await hold(length);
        await sleep(100);
        expect(await promiseBody(server, path)).toBe(busy);
        const page = await LegacyClient.of(server);
        expectStatus(await page.call('append_message', { role: 'user', content: 'x'.repeat(50_000) }), 200);
        expectStatus(await (await server.client()).sessions(), 200);
        for (const socket of open.splice(0)) socket.destroy();
        await sleep(100);
        expect(await promiseBody(server, path)).toBe('no answer');
      },
    );

    it('does not count towards the limit after its answer', async () => {
      const page = await LegacyClient.of(server);
      const body = `{"action":"append_message","content":"${'x'.repeat(5_900_000)}`;
      const headers = { 'content-type': 'application/json' };
      for (let count = 0; count < 12; count++) failure(await page.send(body, { headers }), 400, 'malformed_json');
    });

    it('does not count after its connection closes, even if it waits behind pipelined requests', async () => {
      const { hostname, port } = new URL(server.url);
      const before = 'GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(100);
      const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
      for (let count = 0; count < 14; count++) {
        const socket = connect(Number(port), hostname);
        socket.on('error', () => undefined);
        socket.pause();
        await once(socket, 'connect');
        socket.write(`${before}${head}Content-Length: 6000000\r\n\r\n{`);
        await sleep(150);
        socket.resetAndDestroy();
      }
      await sleep(300);
      expect(await promiseBody(server, path)).toBe('no answer');
    }, 60_000);
  });
});
