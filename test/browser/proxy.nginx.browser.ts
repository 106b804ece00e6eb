import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser, proxySite } from '../support/browser/browser.js';
import { freePort } from '../support/database/mariadb.mjs';
import { makeCertificate } from '../support/http/certificate.js';
import { TestServer, newOwner } from '../support/http/server.js';
import { Nginx, siteName, snippet } from '../support/process/docs-snippets.js';
import { endPrograms, newFolder } from '../support/process/program.js';
import { testSecret } from '../support/rest/tokens.js';

const document = 'docs/proxy.md';
const prefix = '/chat-api';

describe('the set-up of docs/proxy.md with nginx', () => {
  let server: TestServer;
  let browser: Browser;
  let context: BrowserContext;
  let origin: string;
  let token: string;

  beforeAll(async () => {
    const port = await freePort();
    origin = `https://${proxySite}:${port}`;
    const [folder, environment] = [newFolder(), variables(port)];
    [server, browser] = await Promise.all([TestServer.start(environment), launchBrowser()]);
    const certificate = makeCertificate(folder, `DNS:${proxySite},DNS:${siteName}`);
    const servers = snippet(document, 'nginx', 'server {', {
      'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
      'http://127.0.0.1:3000': server.url,
      '/etc/ssl/site.pem': certificate.certificateFile,
      '/etc/ssl/site.key': certificate.keyFile,
    });
    writeFileSync(join(folder, 'nginx.conf'), Nginx.configuration(servers));
    await Nginx.start(folder, port, certificate);
    context = await browser.newContext({ ignoreHTTPSErrors: true });
    token = await server.token(newOwner());
  });
  afterAll(async () => {
    await browser.close();
    await endPrograms();
    await server.stop();
  });

  /** The variables of the page, on the port of the proxy and the database of the test. */
  function variables(port: number): Record<string, string> {
    const text = snippet(document, 'sh', 'umask 077', {
      '$(openssl rand -base64 48)': testSecret,
      'https://site.example/': `https://site.example:${port}/`,
    });
    const { DATABASE_URL: _, ...rest } = parseEnv(text) as Record<string, string>;
    return rest;
  }

  /** A page that is not of this service: the 404 of nginx. */
  async function pageOfSite(): Promise<Page> {
    const page = await context.newPage();
    expect((await page.goto(origin))?.status()).toBe(404);
    return page;
  }

  /** The answer of this service to a page of the site. */
  const call = (page: Page, path: string, init: Record<string, unknown> = {}) =>
    page.evaluate(
      async ({ url, options }) => {
        const response = await fetch(url, options);
        return {
          status: response.status,
          location: response.headers.get('location'),
          body: (await response.json()) as Record<string, unknown>,
        };
      },
      { url: `${origin}${path}`, options: { headers: { authorization: `Bearer ${token}` }, ...init } },
    );

  it('shows the docs page, from which Execute creates a session', async () => {
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('requestfailed', (request) => complaints.push(request.url()));
    await page.goto(`${origin}${prefix}/docs`);
    const operation = page.locator('#operations-sessions-createSession');
    await operation.locator('.opblock-summary-control').click();
    await page.evaluate(`ui.preauthorizeApiKey('bearer', '${token}')`);
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      operation.getByRole('button', { name: 'Execute' }).click(),
    ]);
    expect([answer.status(), answer.url()]).toEqual([201, `${origin}${prefix}/api/v1/sessions`]);
    const { id } = (await answer.json()) as { id: string };
    expect(answer.headers().location).toBe(`${prefix}/api/v1/sessions/${id}`);
    await operation.locator('.live-responses-table', { hasText: id }).waitFor();
    expect(complaints).toEqual([]);
    const created = await call(page, `${prefix}/api/v1/sessions/${id}`);
    expect(created).toMatchObject({ status: 200, body: { id } });
    await page.close();
  });

  it('answers pages of the site with URLs that they can use', async () => {
    const page = await pageOfSite();
    const created = await call(page, `${prefix}/api/v1/sessions`, { method: 'POST' });
    expect(created.status).toBe(201);
    expect(await call(page, created.location ?? '')).toMatchObject({ status: 200, body: { id: created.body.id } });
    const missing = await call(page, `${prefix}/api/v1/sessions/missing`);
    expect(missing).toMatchObject({ status: 404, body: { instance: `${prefix}/api/v1/sessions/missing` } });
    const { body } = await call(page, `${prefix}/openapi.json`);
    expect(body.servers).toEqual([{ url: prefix, description: 'This server' }]);
    await page.close();
  });

  it('lets the browser module of a page of the site save and read', async () => {
    const page = await pageOfSite();
    const contents = await page.evaluate(
      async ({ path, sesskey }) => {
        const script = `${path}/client/multi-chat-manager.js`;
        const { MultiChatManager } = (await import(script)) as typeof import('../../client/multi-chat-manager.js');
        const chats = new MultiChatManager({ ajaxUrl: `${path}/mod/writeassistdev/ajax.php`, cmid: 1, sesskey });
        const id = await chats.createNewChat();
        await chats.saveMessage(id, 'user', 'Behind a path');
        const { items } = await chats.findChats({ limit: 1 });
        const messages = await chats.loadSessionMessages(id);
        return [...messages.map(({ content }) => content), items[0]?.preview?.text];
      },
      { path: prefix, sesskey: token },
    );
    expect(contents).toEqual(['Behind a path', 'Behind a path']);
    await page.close();
  });
});
