import type { Page } from 'playwright-core';
import { Chats } from '../support/browser/chats.js';
import { serveSite, siteName } from '../support/browser/moodle.js';
import { launchBrowser, servePages, type Site } from '../support/browser/browser.js';
import { sqlOf } from '../support/database/access.js';
import { MoodleStandIn, ajaxPath, type Person } from '../support/moodle/moodle-site.js';
import { testSecret } from '../support/rest/tokens.js';
import { TestServer } from '../support/http/server.js';
import type { Answering } from '../support/legacy/upstream.js';

const [cmid, activityId] = [12, 7];

describe('in a browser with a Moodle login,', () => {
  let moodle: MoodleStandIn;
  let server: TestServer;
  let site: Site;
  let foreign: Site;
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  let page: Page;
  let person: Person;

  beforeAll(async () => {
    moodle = await MoodleStandIn.start([[cmid, 'writeassistdev', activityId]]);
    const settings = { JWT_SECRET: testSecret, ALLOWED_HOSTS: siteName, LEGACY_UPSTREAM_URL: moodle.url };
    server = await TestServer.start({ ...moodle.environment, ...settings });
    [site, foreign, browser] = await Promise.all([serveSite(server.url), servePages(), launchBrowser()]);
  });
  beforeEach(async () => {
    moodle.reset();
    person = moodle.logIn(100 + moodle.people.length, [cmid]);
    const context = await browser.newContext();
    const cookie = { name: 'MoodleSession', value: person.cookie, domain: siteName, path: '/', httpOnly: true };
    await context.addCookies([cookie]);
    page = await context.newPage();
    await page.goto(`${site.origin}/mod-page`);
  });
  afterEach(() => page.context().close());
  afterAll(async () => {
    await browser.close();
    await Promise.all([site.stop(), foreign.stop(), server.stop()]);
    await moodle.stop();
  });

  const contents = async () => {
    const rows = await sqlOf(server).query<{ content: string }>(
      'SELECT content FROM writeassistdev_chat WHERE userid = ? AND writeassistdevid = ? ORDER BY id',
      [person.userId, activityId],
    );
    return rows.map(({ content }) => content);
  };
  /** Sends a request like the plugin's pages: a form with the sesskey, on their own site. */
  const ask = (from: Page, fields: Record<string, string>, url = ajaxPath) =>
    from.evaluate(
      async ({ address, body }) => {
        const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'X-Requested-With': 'XMLHttpRequest' };
        const init = { method: 'POST', headers, credentials: 'same-origin', body } as const;
        const answer = await fetch(address, init);
        return (await answer.json()) as { success: boolean; chatHistory?: { content: string }[] };
      },
      {
        address: url,
        body: new URLSearchParams({ cmid: String(cmid), sesskey: person.sesskey, ...fields }).toString(),
      },
    );

  it('an unchanged page of the plugin saves and reads its chats', async () => {
    const saved = await ask(page, {
      action: 'append_message',
      role: 'user',
      content: 'from the field',
      session_id: 'chat-1',
    });
    expect(saved.success).toBe(true);
    await page.reload();
    const { chatHistory = [] } = await ask(page, { action: 'load_chat_history_only', limit: '50' });
    expect(chatHistory.map(({ content }) => content)).toEqual(['from the field']);
  });

  it.each<[string, Answering]>([
    ['ends the connection', (response) => response.destroy()],
    ['is behind a web server that answers 504', (response) => response.writeHead(504).end('<h1>504</h1>')],
    [
      'breaks off',
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).write('{"success":true,"assis');
        setTimeout(() => response.destroy(), 50);
      },
    ],
  ])('an unchanged page gets no words of the AI when the original %s, and asks once', async (_, answering) => {
    moodle.ajax = answering;
    // What the newest page does with the response: test/e2e/http/legacy/ai-answers.e2e.ts.
    const words = await page.evaluate(
      async ({ address, body }) => {
        const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'X-Requested-With': 'XMLHttpRequest' };
        try {
          const answer = await fetch(address, { method: 'POST', headers, credentials: 'same-origin', body });
          if (!answer.headers.get('content-type')?.includes('application/json')) return 'no JSON';
          return JSON.stringify(await answer.json());
        } catch {
          return undefined;
        }
      },
      { address: ajaxPath, body: `action=proxy_chat&cmid=${cmid}&sesskey=${person.sesskey}&user_input=x` },
    );
    expect(words).toBeUndefined();
    expect(moodle.received).toHaveLength(1);
  });

  it('the browser module works with only the sesskey', async () => {
    const chats = await Chats.in(page, site.origin, { sesskey: person.sesskey, cmid });
    const id = await chats.call('createNewChat', 'Essay');
    await chats.call('saveMessage', id, 'user', 'by the module');
    expect(await chats.call('switchToChat', id)).toMatchObject([{ content: 'by the module' }]);
    // These exchange the login for a token.
    expect((await chats.call('search', 'module')).items).toMatchObject([{ sessionId: id, sessionTitle: 'Essay' }]);
    await chats.stream(id, ['a ', 'reply']);
    expect((await chats.call('findChats')).items).toMatchObject([{ id, preview: { text: 'a reply' } }]);
  });

  it('a page exchanges the login for a token, and uses REST', async () => {
    await ask(page, { action: 'append_message', role: 'user', content: 'x', session_id: 'chat-1' });
    const sessions = await page.evaluate(
      async (login) => {
        const headers = { 'content-type': 'application/json' };
        const exchanged = await fetch('/api/v1/token', { method: 'POST', headers, body: JSON.stringify(login) });
        const { token } = (await exchanged.json()) as { token: string };
        const answer = await fetch('/api/v1/sessions', { headers: { authorization: `Bearer ${token}` } });
        return (await answer.json()) as { data: { id: string; messageCount: number }[] };
      },
      { cmid, sesskey: person.sesskey },
    );
    expect(sessions.data).toMatchObject([{ id: 'chat-1', messageCount: 1 }]);
  });

  it('a page of another origin neither writes nor reads, even with the cookie and the sesskey', async () => {
    const other = await page.context().newPage();
    // Another port of the same host is another origin, but gets the same cookies.
    await other.goto(foreign.origin);
    const outcomes = await other.evaluate(
      async ({ origin, path, body, login }) => {
        const outcome = (answer: Promise<Response>) =>
          answer.then(
            ({ type }) => type,
            (error: unknown) => (error as Error).name,
          );
        const form = { method: 'POST', body: new URLSearchParams(body), credentials: 'include' } as const;
        const json = { method: 'POST', body: JSON.stringify(login), credentials: 'include' } as const;
        return [
          await outcome(fetch(`${origin}${path}`, { ...form, mode: 'no-cors' })),
          await outcome(fetch(`${origin}${path}`, form)),
          await outcome(fetch(`${origin}/api/v1/token`, { ...json, mode: 'no-cors' })),
          await outcome(fetch(`${origin}/api/v1/token`, { ...json, headers: { 'content-type': 'application/json' } })),
        ];
      },
      {
        origin: site.origin,
        path: ajaxPath,
        body: `action=append_message&cmid=${cmid}&sesskey=${person.sesskey}&role=user&content=foreign`,
        login: { cmid, sesskey: person.sesskey },
      },
    );
    // Chromium may withhold an answer with Cross-Origin-Resource-Policy: same-origin.
    for (const outcome of outcomes) expect(['opaque', 'TypeError']).toContain(outcome);
    expect(moodle.received).toEqual([]);
    expect(await contents()).toEqual([]);
    // The same browser context has the cookie: the page of the site itself is accepted.
    await ask(page, { action: 'append_message', role: 'user', content: 'own' });
    expect(await contents()).toEqual(['own']);
  });
});
