import type { Page } from 'playwright-core';
import { ForeignPage } from '../support/browser/browser.js';
import { sqlOf } from '../support/database/access.js';
import { newOwner, TestServer } from '../support/http/server.js';
import { snippet } from '../support/process/docs-snippets.js';

const document = 'docs/legacy-endpoint.md';

describe('the example of the browser module in docs/legacy-endpoint.md', () => {
  let foreign: ForeignPage;
  let page: Page;

  beforeAll(async () => {
    foreign = await ForeignPage.open();
  });
  beforeEach(async () => {
    page = await foreign.newTab();
  });
  afterEach(() => page.close());
  afterAll(() => foreign.close());

  /** Runs the example in a page of another origin; `shown` resolves to what it displays, or to its first error. */
  async function run(server: TestServer, token: string) {
    const html = snippet(document, 'html', '<script type="module">', { 'https://chat.example.org': server.url });
    await page.route(`${foreign.origin}/chat-token`, (route) => route.fulfill({ body: token }));
    const shown = new Promise<unknown>((resolve) => {
      page.on('pageerror', (error) => {
        resolve(error.message);
      });
      page.on('console', (message) => {
        const [given] = message.args();
        if (message.type() !== 'log' || !given) return;
        void given.jsonValue().then((messages: unknown) => {
          if (Array.isArray(messages) && messages.length > 0) resolve(messages);
        });
      });
    });
    await page.addScriptTag({ type: 'module', content: html.replaceAll(/<\/?script[^>]*>/g, '') });
    return { shown };
  }

  it('runs from another origin in ALLOWED_ORIGINS', async () => {
    const server = await TestServer.start({ ALLOWED_ORIGINS: foreign.origin });
    try {
      const owner = newOwner();
      const { shown } = await run(server, await server.token(owner));
      expect(await shown).toMatchObject([{ role: 'user', content: 'How long is the Nile?' }]);
      const sql = 'SELECT title, message_count AS messages FROM writeassistdev_chat_sessions WHERE userid = ?';
      expect(await sqlOf(server).query(sql, [owner.userId])).toEqual([{ title: 'Essay on rivers', messages: 1 }]);
    } finally {
      await server.stop();
    }
  });

  it('is refused from an origin that is not allowed', async () => {
    const server = await TestServer.start({ ALLOWED_ORIGINS: 'https://app.example.org' });
    try {
      const { shown } = await run(server, await server.token(newOwner()));
      expect(await shown).toBe('The server cannot be reached');
    } finally {
      await server.stop();
    }
  });
});
