import type { Server } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectStatus } from '../../support/rest/client.js';
import { TestServer } from '../../support/http/server.js';

describe('whoever sends slowly', () => {
  let server: TestServer;
  let http: Server;

  beforeAll(async () => {
    server = await TestServer.start();
    http = server.app.getHttpServer();
  });
  afterAll(() => server.stop());

  /** What a client is told that sends this, and then a byte every 100 ms; and after how many ms. */
  const drip = (beginning: string, byte: string): Promise<{ told: string; ms: number }> => {
    const { hostname, port } = new URL(server.url);
    const begun = Date.now();
    return new Promise((resolve) => {
      let told = '';
      const socket = connect(Number(port), hostname, () => socket.write(beginning));
      const timer = setInterval(() => socket.write(byte), 100);
      socket.on('data', (chunk: Buffer) => (told += chunk.toString()));
      // Writing on after the end is what a slow sender does.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearInterval(timer);
        resolve({ told, ms: Date.now() - begun });
      });
    });
  };
  const head = 'POST /mod/writeassistdev/ajax.php HTTP/1.1\r\nHost: localhost\r\n';
  const form = 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n';

  it('has 15 seconds for the headers and a minute for all of a request; a silent connection ends after two', () => {
    expect([http.headersTimeout, http.requestTimeout, http.timeout]).toEqual([15_000, 60_000, 120_000]);
  });

  it('is told so, and the connection is closed; others are served meanwhile', async () => {
    // The same, sooner: connections are looked at every five seconds, which is set when the server begins to listen.
    Object.assign(http, { connectionsCheckingInterval: 100 });
    http.emit('listening');
    http.headersTimeout = 500;
    http.requestTimeout = 1000;
    const endings = Promise.all([drip(`${head}X-Slow: `, 'x'), drip(`${head}${form}`, 'a'), drip(head + form, '=')]);
    const client = await server.client();
    for (let count = 0; count < 10; count++) {
      expectStatus(await client.createSession(), 201);
      await sleep(50);
    }
    for (const { told, ms } of await endings) {
      expect(told).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
      expect(told).toContain('"code":"request_timeout"');
      expect(ms).toBeLessThan(4000);
    }
  });
});
