import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { InFlightMemory } from '../../../src/http/in-flight-memory.js';
import { expectStatus } from '../../support/rest/client.js';
import { LegacyClient, failure } from '../../support/legacy/client.js';
import { firstLine } from '../../support/rest/raw.js';
import { TestServer } from '../../support/http/server.js';
import { waitUntil } from '../../support/run/wait-until.js';

/** Sends only the head of a request with a large Content-Length, and returns the first line of the answer. */
function promiseBody(server: TestServer, path: string, headers: string[] = [], timeoutMs?: number): Promise<string> {
  const head = [`POST ${path} HTTP/1.1`, 'Host: localhost', 'Content-Type: application/json'];
  return firstLine(server.url, [...head, 'Content-Length: 6000000', ...headers, '', '{'], timeoutMs);
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
    const answer = promiseBody(server, '/api/v1/messages', [`Authorization: Bearer ${token}`], 500);
    expect(await answer).toBe('no answer');
  });

  describe('of a caller that is not yet authenticated', () => {
    const path = '/mod/writeassistdev/ajax.php';
    const open: Socket[] = [];
    afterEach(async () => {
      for (const socket of open.splice(0)) socket.destroy();
      await waitUntil(() => server.app.get(InFlightMemory).requests.heldBytes === 0);
    });
    /** Sends a head and the beginning of its body. */
    const hold = async (length: string, body = '', localAddress?: string) => {
      const { hostname, port } = new URL(server.url);
      const socket = connect({ port: Number(port), host: hostname, localAddress });
      await once(socket, 'connect');
      open.push(socket);
      socket.on('error', () => undefined);
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${length}\r\n\r\n${body}`,
      );
      return socket;
    };
    const declared = 'Content-Length: 6000000';
    const busy = 'HTTP/1.1 503 Service Unavailable';
    const large = { role: 'user', content: 'x'.repeat(50_000) };
    const savesLarge = async () => {
      expectStatus(await (await LegacyClient.of(server)).call('append_message', large), 200);
      expectStatus(await (await server.client()).saveToActive(large), 201);
    };

    it.each([declared, 'Transfer-Encoding: chunked'])('takes no memory by its announcement: %s', async (length) => {
      for (let count = 0; count < 64; count++) await hold(length, '', `127.0.0.${2 + (count % 4)}`);
      await savesLarge();
    });

    it.each([
      [declared, 'x'.repeat(5_900_000)],
      ['Transfer-Encoding: chunked', `5a06e0\r\n${'x'.repeat(5_900_000)}`],
    ])(
      'is rejected while others of its address hold their share: %s. Owners have another one',
      async (length, body) => {
        const refused: Socket[] = [];
        const answers = Array.from({ length: 6 }, async () => {
          const socket = await hold(length, body);
          const [answer] = (await once(socket, 'data')) as [Buffer];
          refused.push(socket);
          return answer.toString();
        });
        expect(await Promise.race(answers)).toContain(busy);
        expectStatus(await (await server.client()).saveToActive(large), 201);
        // Small bodies are accepted in any case.
        expectStatus(await (await LegacyClient.of(server)).call('append_message', { role: 'user', content: 'x' }), 200);
        const [first] = refused;
        await waitUntil(() => first?.destroyed === true);
        for (const socket of open.splice(0)) socket.destroy();
        await waitUntil(() => server.app.get(InFlightMemory).requests.heldBytes === 0);
        await savesLarge();
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
      const { requests } = server.app.get(InFlightMemory);
      for (let count = 0; count < 3; count++) {
        const socket = connect(Number(port), hostname);
        socket.on('error', () => undefined);
        socket.pause();
        await once(socket, 'connect');
        socket.write(`${before}${head}Content-Length: 6000000\r\n\r\n${'x'.repeat(100_000)}`);
        await waitUntil(() => requests.heldBytes > 0);
        socket.resetAndDestroy();
        await waitUntil(() => requests.heldBytes === 0);
      }
    }, 60_000);
  });
});
