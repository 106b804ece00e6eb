import type { Page } from 'playwright-core';
import { ForeignPage } from '../support/browser/browser.js';
import { rowCounts } from '../support/legacy/bodies.js';
import { TestServer } from '../support/http/server.js';
import { full } from '../support/run/full.js';

/** The script of the docs page, which has a token. */
const pageScript = '/docs/swagger-ui-init.js';
const reading = [pageScript, '/docs', '/openapi.json', '/api/v1/sessions', '/livez', '/nowhere'];

interface Options {
  method?: string;
  mode?: 'no-cors';
  credentials?: 'include';
  headers?: Record<string, string>;
  body?: string;
}

interface Outcome {
  what: string;
  shown: string;
  ran: boolean;
}

describe('a foreign page in the browser of a server without settings', () => {
  let server: TestServer;
  let foreign: ForeignPage;
  let page: Page;
  let before: unknown;

  beforeAll(async () => {
    [server, foreign] = await Promise.all([TestServer.start(), ForeignPage.open()]);
    page = foreign.page;
    // The docs page of the server itself has a token that could be stolen.
    const own = await page.context().newPage();
    await own.goto(`${server.url}/docs`);
    await own.locator('#operations-sessions-createSession').waitFor();
    expect(await (await fetch(`${server.url}${pageScript}`)).text()).toMatch(/eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/);
    await own.close();
  });
  beforeEach(async () => {
    await page.goto(foreign.origin);
    before = await rowCounts(server);
  });
  afterEach(async () => {
    expect(await rowCounts(server)).toEqual(before);
  });
  afterAll(async () => {
    await foreign.close();
    await server.stop();
  });

  /** The result of `fetch` in a page: the type, the status and the text, or the name of the error. */
  const fetched = (from: Page, url: string, options: Options = {}) =>
    from.evaluate(
      ({ address, init }) =>
        fetch(address, init).then(
          async (answer) => `${answer.type} ${answer.status} ${await answer.text()}`,
          (error: unknown) => (error as Error).name,
        ),
      { address: url, init: options },
    );

  it.each(full(reading, reading.slice(0, 4)))('can read nothing of %s', async (path) => {
    expect(await fetched(page, `${server.url}${path}`)).toBe('TypeError');
    expect(await fetched(page, `${server.url}${path}`, { credentials: 'include' })).toBe('TypeError');
    // Such a request may be sent, but its answer has no content for the page.
    expect(await fetched(page, `${server.url}${path}`, { mode: 'no-cors' })).toMatch(/^(opaque 0 |TypeError)$/);
  });

  it.each(full(['script', 'link', 'img', 'iframe', 'object', 'embed'], ['script', 'img', 'iframe']))(
    'can load nothing as a %s',
    async (tag) => {
      const attribute = { link: 'href', object: 'data' }[tag] ?? 'src';
      const address = `${server.url}${['iframe', 'object', 'embed'].includes(tag) ? '/docs' : pageScript}`;
      // One of both events always comes for these; for the others perhaps none.
      const always = ['script', 'link', 'img'].includes(tag);
      // A string, because the types of the tests do not include the DOM.
      const outcome = await page.evaluate<Outcome>(`(async () => {
      const element = document.createElement('${tag}');
      const what = new Promise((resolve) => {
        element.onload = () => resolve('loaded');
        element.onerror = () => resolve('error');
        setTimeout(resolve, ${always ? 30_000 : 1500}, 'nothing');
      });
      element.rel = 'stylesheet';
      element.setAttribute('${attribute}', '${address}');
      document.body.append(element);
      const outcome = { what: await what, ran: 'ui' in globalThis || 'onload' in globalThis && globalThis.onload !== null };
      let shown = '';
      try { shown = element.contentDocument?.body?.textContent ?? ''; } catch { shown = ''; }
      return { ...outcome, shown };
    })()`);
      expect(outcome).toMatchObject({ shown: '', ran: false });
      if (always) expect(outcome.what).toBe('error');
      for (const frame of page.frames().filter((one) => one !== page.mainFrame())) {
        expect(await frame.content().catch(() => '')).not.toContain('swagger');
      }
    },
  );

  it('cannot read a window that it opens', async () => {
    const [popup] = await Promise.all([
      page.context().waitForEvent('page'),
      page.evaluate(`{ globalThis.opened = window.open('${server.url}/docs'); }`),
    ]);
    await popup.waitForLoadState();
    const seen = await page.evaluate<string>(`(() => {
      try {
        return globalThis.opened?.document?.body.textContent ?? 'nothing';
      } catch (error) {
        return error.name;
      }
    })()`);
    expect(['SecurityError', 'nothing']).toContain(seen);
    await popup.close();
  });

  it.each<[string, Options]>([
    ['JSON', { headers: { 'content-type': 'application/json' }, body: '{"title":"Foreign"}' }],
    ['JSON as text', { mode: 'no-cors', body: '{"title":"Foreign"}' }],
    [
      'a form',
      { mode: 'no-cors', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'title=Foreign' },
    ],
  ])('can write nothing over REST with %s', async (_, options) => {
    expect(await fetched(page, `${server.url}/api/v1/sessions`, { method: 'POST', ...options })).toMatch(
      /^(opaque 0 |TypeError)$/,
    );
  });

  it('can write nothing at the legacy endpoint', async () => {
    const fields = { action: 'append_message', cmid: '1', role: 'user', content: 'Foreign' };
    for (const sesskey of ['', 'x', '2eswizBaBL']) {
      const body = new URLSearchParams({ ...fields, sesskey }).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const address = `${server.url}/mod/writeassistdev/ajax.php`;
      await fetched(page, address, { method: 'POST', mode: 'no-cors', headers, body });
    }
    await page.evaluate(`navigator.sendBeacon('${server.url}/mod/writeassistdev/ajax.php', 'action=test')`);
  });

  it('gets nothing by DNS rebinding', async () => {
    const { port } = new URL(server.url);
    const origin = `http://moodle.example.org:${port}`;
    // The rejection forbids the page to load anything; a page from before the rebinding would not be restricted.
    const context = await page.context().browser()?.newContext({ bypassCSP: true });
    const rebound = await context?.newPage();
    if (!rebound) throw new Error('there is no browser');
    expect((await rebound.goto(`${origin}/docs`))?.status()).toBe(421);
    for (const path of reading.filter((one) => one !== '/livez')) {
      const answer = await fetched(rebound, path);
      expect(answer).toMatch(/^basic 421 /);
      expect(answer).not.toMatch(/eyJ/);
    }
    const written = await fetched(rebound, '/api/v1/sessions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"title":"Foreign"}',
    });
    expect(written).toMatch(/^basic 421 /);
    await context?.close();
  });
});
