import { connect } from 'node:net';
import { TestServer } from '../support/server.js';

/** Sends the head of a request that promises a large body, and no more; the first line of the answer. */
function promiseBody(server: TestServer, path: string, headers: string[] = []): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.setTimeout(1500, () => {
      socket.destroy();
      resolve('no answer');
    });
    socket.once('error', reject);
    socket.once('data', (chunk: Buffer) => {
      socket.destroy();
      resolve(chunk.toString().split('\r\n', 1)[0] ?? '');
    });
    socket.write(
      [
        `POST ${path} HTTP/1.1`,
        'Host: localhost',
        'Content-Type: application/json',
        'Content-Length: 6000000',
        ...headers,
        '',
        '{',
      ].join('\r\n'),
    );
  });
}

describe('a large body', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());

  it('is not waited for from whoever has no token', async () => {
    expect(await promiseBody(server, '/api/v1/messages')).toBe('HTTP/1.1 401 Unauthorized');
    expect(await promiseBody(server, '/%61pi/v1/messages')).toBe('HTTP/1.1 401 Unauthorized');
  });

  it('is waited for from whoever has one', async () => {
    const { token } = await server.client();
    const answer = promiseBody(server, '/api/v1/messages', [`Authorization: Bearer ${token}`]);
    expect(await answer).toBe('no answer');
  });
});
