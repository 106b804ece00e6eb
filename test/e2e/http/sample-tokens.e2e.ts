import { sampleOwner } from '../../../src/auth/sample-tokens.js';
import { Client } from '../../support/rest/client.js';
import { TestServer } from '../../support/http/server.js';
import { rawBytes, rawCall } from '../../support/rest/raw.js';
import { noteSecret } from '../../support/run/run-record.js';

const script = '/docs/swagger-ui-init.js';
const tokenForm = /eyJ[\w-]+\.[\w-]+\.[\w-]+/;

describe('sample tokens', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await TestServer.start();
  });
  afterEach(() => server.stop());

  const tokenInPage = async () => tokenForm.exec((await rawCall(server.url, script)).text)?.[0];
  const warnings = () => server.log.filter((line) => line.includes('came through a proxy'));

  const proxies: [string, (path: string) => Promise<string>][] = [
    ...['Forwarded', 'X-Forwarded-For', 'X-Forwarded-Prefix', 'X-Real-IP', 'Via'].map(
      (name): [string, (path: string) => Promise<string>] => [
        name,
        async (path) => (await rawCall(server.url, path, { headers: { host: '127.0.0.1', [name]: 'x' } })).text,
      ],
    ),
    ['HTTP/1.0', (path) => rawBytes(server.url, `GET ${path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n`)],
  ];

  it.each(proxies)('are neither given to nor accepted after a request with %s', async (_, through) => {
    const token = (await tokenInPage()) ?? '';
    noteSecret('token', token);
    const client = new Client(server.url, token, sampleOwner);
    const other = await server.client();
    expect([(await client.sessions()).status, (await other.sessions()).status]).toEqual([200, 200]);
    const page = await through(script);
    expect(page).toContain('SwaggerUIBundle');
    expect(page).not.toMatch(tokenForm);
    expect(await tokenInPage()).toBeUndefined();
    expect(await through(script)).not.toMatch(tokenForm);
    expect([(await client.sessions()).status, (await other.sessions()).status]).toEqual([401, 200]);
    expect(warnings()).toHaveLength(1);
  });

  it.each(['/livez', '/nowhere', '/%zz', '/api/v1/sessions'])('end with any request, also for %s', async (path) => {
    await rawCall(server.url, path, { headers: { host: 'evil.example', via: '1.1 x' } });
    expect(await tokenInPage()).toBeUndefined();
    expect(warnings()).toHaveLength(1);
  });

  it('do not end with requests that come directly', async () => {
    await rawCall(server.url, '/docs', { headers: { connection: 'close', referer: 'http://localhost/' } });
    expect(await tokenInPage()).toMatch(tokenForm);
    expect(warnings()).toEqual([]);
  });
});

describe('without sample tokens', () => {
  it('a proxy is not worth a line in the log', async () => {
    const server = await TestServer.start({ JWT_SECRET: 'of-the-tests-of-sample-tokens-alone' });
    try {
      expect((await rawCall(server.url, script, { headers: { via: '1.1 x' } })).text).not.toMatch(tokenForm);
      expect(server.log.join('')).not.toContain('proxy');
    } finally {
      await server.stop();
    }
  });
});
