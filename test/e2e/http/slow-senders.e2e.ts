import type { Server } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectStatus } from '../../support/rest/client.js';
import { TestServer } from '../../support/http/server.js';

describe('a slow client', () => {
  let server: TestServer;
  let http: Server;

  beforeEach(async () => {
    server = await TestServer.start();
    http = server.app.getHttpServer();
  });
  afterEach(() => server.stop());

  /**
   * Sends this and then a byte every 100 ms, also after the answer.
   * @returns the answer, and the time until the connection was closed
   */
  const sendSlowly = (beginning: string, byte: string): Promise<{ answer: string; ms: number }> => {
    const { hostname, port } = new URL(server.url);
    const begun = Date.now();
    return new Promise((resolve) => {
      let answer = '';
      const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true }, () =>
        socket.write(beginning),
      );
      const timer = setInterval(() => socket.write(byte), 100);
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
      // A slow client may write after the server has closed the connection.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearInterval(timer);
        resolve({ answer, ms: Date.now() - begun });
      });
    });
  };
  const head = 'POST /mod/writeassistdev/ajax.php HTTP/1.1\r\nHost: localhost\r\n';
  const form = 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n';

  it('has 15 seconds for headers and 60 for a request; an idle connection is closed after 120', () => {
    expect([http.headersTimeout, http.requestTimeout, http.timeout]).toEqual([15_000, 60_000, 120_000]);
  });

  it('may wait longer than the original, which may take LEGACY_UPSTREAM_SECONDS', async () => {
    for (const [seconds, idleMs] of [
      ['', 140_000],
      ['300', 310_000],
    ] as const) {
      const settings = { LEGACY_UPSTREAM_URL: 'http://127.0.0.1:9', LEGACY_UPSTREAM_SECONDS: seconds };
      const proxying = await TestServer.start(settings);
      try {
        expect(proxying.app.getHttpServer()).toMatchObject({ timeout: idleMs });
      } finally {
        await proxying.stop();
      }
    }
  });

  it('gets 408 and a closed connection, while others are served', async () => {
    // Shorter limits. Node checks connections every five seconds, an interval that it reads when it begins to listen.
    Object.assign(http, { connectionsCheckingInterval: 100 });
    http.emit('listening');
    http.headersTimeout = 500;
    http.requestTimeout = 1000;
    const endings = Promise.all([
      sendSlowly(`${head}X-Slow: `, 'x'),
      sendSlowly(`${head}${form}`, 'a'),
      sendSlowly(head + form, '='),
    ]);
    const client = await server.client();
    for (let count = 0; count < 10; count++) {
      expectStatus(await client.createSession(), 201);
      await sleep(50);
    }
    for (const { answer, ms } of await endings) {
      expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
      expect(answer).toContain('"code":"request_timeout"');
      // Less than the shorter one of the limits without these settings.
      expect(ms).toBeLessThan(15_000);
    }
  });
});
