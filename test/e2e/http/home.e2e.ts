import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../../../src/common/version.js';
import type { Home } from '../../../src/home/home-info.js';
import { root } from '../../architecture/source-imports.js';
import { TestServer } from '../../support/http/server.js';
import { Client, expectStatus } from '../../support/rest/client.js';
import { rawCall } from '../../support/rest/raw.js';
import { testSecret } from '../../support/rest/tokens.js';

const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8' };
const paths = ['/', '/api/v1'];
const prefix = '/chat-api';

describe('the page of the service', () => {
  let server: TestServer;
  let production: TestServer;
  beforeAll(async () => {
    server = await TestServer.start();
    production = await TestServer.start({
      JWT_SECRET: testSecret,
      PUBLIC_URL: `https://site.example${prefix}`,
      DOCS: 'off',
    });
  });
  afterAll(async () => {
    await production.stop();
    await server.stop();
  });

  const get = (path: string, headers = {}, url = server.url) =>
    rawCall(url, path, { headers: { host: new URL(server.url).host, ...headers } });

  it.each(
    paths.flatMap((path) =>
      [undefined, '*/*', 'application/json', 'text/html, application/json'].map((accept) => [path, accept]),
    ),
  )('%s is JSON for Accept: %s, and its links exist', async (path = '', accept) => {
    const { status, body, headers } = await get(path, accept === undefined ? {} : { accept });
    expect([status, headers.get('vary')]).toEqual([200, expect.stringContaining('Accept')]);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    const home = body as unknown as Home;
    expect(home).toMatchObject({ name: 'Chat store of the AI Writing Assistant', version });
    expect(Object.keys(home.links)).toEqual(['docs', 'openapi', 'ready', 'live', 'documentation']);
    for (const link of Object.values(home.links)) expect([link, (await get(link)).status]).toEqual([link, 200]);
  });

  it.each(paths)('%s is a page for browsers, with the first call to paste', async (path) => {
    const { status, text, headers } = await get(path, browser);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const style = /<style>([\s\S]*)<\/style>/.exec(text)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers.get('content-security-policy')).toContain(`default-src 'none'; style-src 'sha256-${hash}'`);
    for (const link of ['/docs', '/openapi.json', '/readyz', '/livez', '/documentation/README.md'])
      expect(text).toContain(`<a href="${link}">`);
    const [, url, token] = /curl -s -X POST (\S+)\/api\/v1\/sessions .*Bearer ([\w.-]+)/.exec(text) ?? [];
    expect(url).toBe(server.url);
    const client = new Client(server.url, String(token), { userId: 1, activityId: 1 });
    expectStatus(await client.createSession(), 201);
  });

  it('has no token and no documents in production with DOCS=off, and the path of PUBLIC_URL', async () => {
    const page = await get('/', browser, production.url);
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/eyJ|curl|docs|openapi|documentation/);
    const links = [...page.text.matchAll(/<a href="([^"]*)"/g)].map(([, link]) => link);
    expect(links).toEqual([`${prefix}/readyz`, `${prefix}/livez`]);
    for (const path of ['/docs', '/docs/', '/docs/swagger-ui.css', '/openapi.json', '/documentation/README.md']) {
      expect([path, (await get(path, {}, production.url)).status]).toEqual([path, 404]);
    }
  });

  it('answers other methods with 405, and HEAD like GET', async () => {
    expect((await rawCall(server.url, '/', { method: 'POST' })).status).toBe(405);
    const head = await rawCall(server.url, '/api/v1', { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
  });

  it('serves the documentation of this version, and no other file', async () => {
    for (const [name, file] of [
      ['README.md', 'README.md'],
      ['errors.md', 'docs/errors.md'],
    ] as const) {
      const { status, text, headers } = await get(`/documentation/${name}`);
      expect([status, text]).toEqual([200, readFileSync(join(root, file), 'utf8')]);
      expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    }
    const others = [
      'package.json',
      '..%2fpackage.json',
      'docs%2ferrors.md',
      '.',
      '%2e%2e',
      'adr',
      '',
      'ADME.md',
      '%00',
    ];
    for (const name of others) expect([name, (await get(`/documentation/${name}`)).status]).toEqual([name, 404]);
  });
});
