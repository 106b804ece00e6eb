import { request, type IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { sampleEnvironment } from '../../../src/openapi/sample-config.js';
import type { Client } from '../../support/rest/client.js';
import { expectStatus } from '../../support/rest/client.js';
import { bodyOfPairs } from '../../support/legacy/bodies.js';
import { Upstream } from '../../support/legacy/upstream.js';
import { TestServer } from '../../support/http/server.js';

const decompress: Record<string, (bytes: Buffer) => Buffer> = { br: brotliDecompressSync, gzip: gunzipSync };
const browser = 'gzip, deflate, br, zstd';

interface Received {
  status: number;
  headers: IncomingMessage['headers'];
  bytes: Buffer;
}

describe('compression', () => {
  let server: TestServer;
  let upstream: Upstream;
  let client: Client;
  let list: string;

  beforeAll(async () => {
    upstream = await Upstream.start();
    server = await TestServer.start({
      ...sampleEnvironment,
      LEGACY_UPSTREAM_URL: upstream.url,
    });
    client = await server.client();
    const session = await client.newSession();
    for (let count = 0; count < 20; count++) {
      expectStatus(await client.save(session, { content: `How long is the Nile? ${'Ä'.repeat(100)}` }), 201);
    }
    list = `/api/v1/sessions/${session}/messages`;
  });
  afterAll(async () => {
    await server.stop();
    await upstream.stop();
  });

  function ask(
    path: string,
    encoding: string | undefined,
    { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<Received> {
    return new Promise((resolve, reject) => {
      const sent = request(`${server.url}${path}`, {
        method,
        agent: false,
        headers: {
          authorization: `Bearer ${client.token}`,
          ...(encoding !== undefined && { 'accept-encoding': encoding }),
          ...headers,
        },
      });
      sent.on('error', reject);
      sent.on('response', (response) => {
        response.toArray().then((chunks) => {
          const bytes = Buffer.concat(chunks as Buffer[]);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes });
        }, reject);
      });
      sent.end(body);
    });
  }

  const contentOf = ({ headers, bytes }: Received) =>
    (decompress[headers['content-encoding'] ?? ''] ?? ((same: Buffer) => same))(bytes).toString();

  it.each([
    ['gzip', 'gzip'],
    ['br', 'br'],
    [browser, 'br'],
    ['gzip;q=1.0, br;q=0.5', 'gzip'],
    ['*', 'br'],
    ['gzip, *;q=0', 'gzip'],
  ])('of a list is what the client prefers: %s gets %s', async (accepted, encoding) => {
    const plain = await ask(list, undefined);
    const answer = await ask(list, accepted);
    expect([answer.status, answer.headers['content-encoding']]).toEqual([200, encoding]);
    expect(contentOf(answer)).toBe(plain.bytes.toString());
    expect(answer.headers['content-length']).toBe(String(answer.bytes.length));
    expect(answer.bytes.length).toBeLessThan(plain.bytes.length / 4);
    expect(answer.headers.vary).toBe('Accept-Encoding');
    for (const name of ['cache-control', 'content-type', 'etag']) {
      expect([name, answer.headers[name]]).toEqual([name, plain.headers[name]]);
    }
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it.each([undefined, '', 'identity', 'deflate', 'gzip;q=0', 'br;q=0, identity', 'identity, gzip;q=0.5', 'x'])(
    'of a list is left out for a client that accepts %j',
    async (accepted) => {
      const { status, headers, bytes } = await ask(list, accepted);
      expect([status, headers['content-encoding'], headers.vary]).toEqual([200, undefined, 'Accept-Encoding']);
      expect(JSON.parse(bytes.toString())).toMatchObject({ lastSequence: 20 });
    },
  );

  it('is left out of short answers', async () => {
    const { headers, bytes } = await ask('/api/v1/sessions', browser);
    expect(bytes.length).toBeLessThan(1024);
    expect([headers['content-encoding'], headers.vary]).toEqual([undefined, 'Accept-Encoding']);
  });

  it('applies to long problems', async () => {
    const body = JSON.stringify(Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`field${index}`, 1])));
    const headers = { 'content-type': 'application/json' };
    const answer = await ask('/api/v1/messages', browser, { method: 'POST', headers, body });
    expect([answer.status, answer.headers['content-encoding']]).toEqual([422, 'br']);
    expect(JSON.parse(contentOf(answer))).toMatchObject({ code: 'validation_failed' });
  });

  it.each([
    '/docs',
    '/docs/',
    '/openapi.json',
    '/docs/swagger-ui-init.js',
    '/docs/swagger-ui.css',
    '/docs/swagger-ui-bundle.js',
  ])('applies to the document %s, also the second time', async (path) => {
    const identity = await ask(path, undefined);
    const plain = identity.bytes.toString();
    for (const encoding of ['gzip', 'br', 'gzip', 'br']) {
      const answer = await ask(path, encoding);
      expect([answer.status, answer.headers['content-encoding']]).toEqual([200, encoding]);
      expect(contentOf(answer)).toBe(plain);
      expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', vary: 'Accept-Encoding' });
      const policy = 'content-security-policy';
      expect(answer.headers[policy]).toBe(identity.headers[policy]);
      expect(answer.headers['content-length']).toBe(String(answer.bytes.length));
    }
  });

  it('applies to the browser module, which caches keep', async () => {
    const answer = await ask('/client/multi-chat-manager.js', browser);
    expect(answer.headers).toMatchObject({
      'content-encoding': 'br',
      'cache-control': 'public, max-age=300',
      vary: 'Accept-Encoding',
    });
    expect(contentOf(answer)).toContain('class MultiChatManager');
  });

  it('is left out of ranges, images and files by another spelling of their path', async () => {
    const range = await ask('/docs/swagger-ui.css', browser, { headers: { range: 'bytes=0-9' } });
    expect([range.status, range.headers['content-encoding'], range.bytes.length]).toEqual([206, undefined, 10]);
    for (const path of ['/docs/favicon-32x32.png', '/docs/%73wagger-ui.css', '/docs/swagger-ui.css?x']) {
      const { status, headers } = await ask(path, browser);
      expect([path, status, headers['content-encoding']]).toEqual([path, 200, undefined]);
    }
  });

  it('gives HEAD the headers of GET', async () => {
    for (const path of [list, '/openapi.json', '/client/multi-chat-manager.js', '/docs/swagger-ui.css']) {
      for (const encoding of [undefined, browser]) {
        const get = await ask(path, encoding);
        const head = await ask(path, encoding, { method: 'HEAD' });
        expect([head.status, head.bytes.length]).toEqual([200, 0]);
        // The length of a compressed file is known only after it was read.
        const isOptional = path === '/docs/swagger-ui.css' && encoding !== undefined;
        const { date: _, 'x-request-id': __, connection: ___, 'content-length': length, ...rest } = head.headers;
        expect(get.headers).toMatchObject(rest);
        expect([path, length]).toEqual([path, isOptional ? undefined : get.headers['content-length']]);
      }
    }
  });

  it('never applies to the legacy endpoint, also with a token in the header, nor to what is passed on', async () => {
    upstream.answer = (response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ text: 'x'.repeat(5000) }));
    for (const action of ['load_chat_history_only', 'load_project']) {
      const { body, type } = bodyOfPairs(Object.entries({ action, cmid: '1', limit: '50' }), 'urlencoded');
      const options = { method: 'POST', headers: { 'content-type': type }, body: body.toString() };
      const { status, headers, bytes } = await ask('/mod/writeassistdev/ajax.php', browser, options);
      expect([action, status, headers['content-encoding'], headers.vary]).toEqual([action, 200, undefined, undefined]);
      expect(bytes.length).toBeGreaterThan(2000);
    }
  });

  it('never applies to the exchange of tokens', async () => {
    const body = JSON.stringify(Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`field${index}`, 1])));
    const headers = { 'content-type': 'application/json' };
    const answer = await ask('/api/v1/token', browser, { method: 'POST', headers, body });
    expect([answer.status, answer.headers['content-encoding'], answer.headers.vary]).toEqual([
      422,
      undefined,
      undefined,
    ]);
    expect(answer.bytes.length).toBeGreaterThan(2000);
  });
});
