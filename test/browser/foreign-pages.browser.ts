import type { Frame, Page } from 'playwright-core';
import { Chats, type ChatsOptions } from '../support/browser/chats.js';
import { Network } from '../support/browser/network.js';
import { blankPage, ForeignPage } from '../support/browser/browser.js';
import { sqlOf } from '../support/database/access.js';
import { newOwner, TestServer } from '../support/http/server.js';
import { full } from '../support/run/full.js';

const unreadable = { name: 'MultiChatError', code: 'network_error', status: 0 };
const bodies = ['sesskey', 'token'] as const;

let foreign: ForeignPage;

beforeAll(async () => {
  foreign = await ForeignPage.open();
});
afterAll(() => foreign.close());

const servers: [string, Record<string, string>][] = [
  ['ALLOWED_ORIGINS empty', {}],
  ['other origins in ALLOWED_ORIGINS', { ALLOWED_ORIGINS: 'https://moodle.example.org,http://moodle.example.org:1' }],
];

describe.each(full(servers, servers.slice(1)))('a server with %s', (_, environment) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start(environment);
  });
  afterAll(() => server.stop());

  /** A new owner: its token, what is stored for it, and a function that creates its chats in a page. */
  async function begin() {
    const owner = newOwner();
    const token = await server.token(owner);
    const rows = (columns: string, table: string) =>
      sqlOf(server).query(`SELECT ${columns} FROM ${table} WHERE userid = ?`, [owner.userId]);
    return {
      token,
      sessions: () => rows('session_id, title', 'writeassistdev_chat_sessions'),
      messages: () => rows('chat_session_id, content', 'writeassistdev_chat'),
      chatsIn: (page: Page | Frame, more: ChatsOptions) => Chats.in(page, server.url, { attempts: 2, ...more }),
    };
  }

  /** Opens a page of the server's own origin. */
  async function ownPage(): Promise<Page> {
    const page = await foreign.page.context().newPage();
    await page.route(`${server.url}/page`, (route) => route.fulfill({ contentType: 'text/html', body: blankPage }));
    await page.goto(`${server.url}/page`);
    return page;
  }

  it.each(bodies)('answers a page of its own origin, with the token as %s', async (where) => {
    const { token, chatsIn, sessions, messages } = await begin();
    const page = await ownPage();
    const chats = await chatsIn(page, { [where]: token });
    const id = await chats.call('createNewChat', 'Own');
    await chats.call('saveMessage', id, 'user', 'x');
    expect(await chats.call('switchToChat', id)).toMatchObject([{ content: 'x' }]);
    expect(await sessions()).toEqual([{ session_id: id, title: 'Own' }]);
    expect(await messages()).toEqual([{ chat_session_id: id, content: 'x' }]);
    await page.close();
  });

  it.each(bodies)('lets a foreign page neither read nor write, with the token as %s', async (where) => {
    const { token, chatsIn, sessions, messages } = await begin();
    const page = await ownPage();
    const own = await chatsIn(page, { token });
    const id = await own.call('createNewChat', 'Own');
    await own.call('saveMessage', id, 'user', 'x');
    await page.close();
    const chats = await chatsIn(foreign.page, { [where]: token });
    expect(await chats.rejection('createNewChat')).toMatchObject(unreadable);
    expect(await chats.rejection('saveMessage', id, 'user', 'y')).toMatchObject(unreadable);
    expect(await chats.rejection('renameChat', id, 'Foreign')).toMatchObject(unreadable);
    expect(await chats.rejection('listChats')).toMatchObject(unreadable);
    expect(await chats.rejection('loadSessionMessages', id)).toMatchObject(unreadable);
    expect(await chats.rejection('clearChat', id)).toMatchObject(unreadable);
    expect(await chats.rejection('deleteChat', id)).toMatchObject(unreadable);
    expect(await sessions()).toEqual([{ session_id: id, title: 'Own' }]);
    expect(await messages()).toEqual([{ chat_session_id: id, content: 'x' }]);
  });

  it('lets a foreign page write nothing with no-cors requests', async () => {
    const { token, sessions } = await begin();
    const network = await Network.before(server.url);
    const outcome = await foreign.page
      .evaluate(
        ({ url, body }) =>
          fetch(url, { method: 'POST', mode: 'no-cors', body: new URLSearchParams(body) }).then(
            (answer) => answer.type,
            (error: unknown) => (error as Error).name,
          ),
        {
          url: `${network.origin}/mod/writeassistdev/ajax.php`,
          body: { action: 'create_chat_session', cmid: '1', sesskey: token },
        },
      )
      .finally(() => network.stop());
    expect(outcome).toBe('TypeError');
    expect(network.actions).toEqual(['create_chat_session']);
    expect(await sessions()).toEqual([]);
  });

  it('rejects a form that a foreign page submits', async () => {
    const { token, sessions } = await begin();
    const tab = await foreign.newTab();
    const fields = { action: 'create_chat_session', cmid: '1', sesskey: token };
    const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`);
    await tab.setContent(
      `<form method="post" action="${server.url}/mod/writeassistdev/ajax.php">${inputs.join('')}<button></button></form>`,
    );
    const [answer] = await Promise.all([
      tab.waitForResponse((response) => response.request().method() === 'POST'),
      tab.locator('button').click(),
    ]);
    expect(answer.status()).toBe(403);
    expect(await answer.json()).toMatchObject({ success: false, code: 'foreign_origin' });
    expect(await sessions()).toEqual([]);
    await tab.close();
  });

  it('gives a sandboxed page, whose origin is null, no access', async () => {
    const { token, chatsIn, sessions } = await begin();
    const page = await foreign.newTab();
    await page.setContent(`<iframe sandbox="allow-scripts" srcdoc="<title>A page</title>"></iframe>`);
    const frame = page.frames().find((one) => one !== page.mainFrame());
    if (!frame) throw new Error('there is no frame');
    expect(await frame.evaluate(() => (globalThis as { origin?: string }).origin)).toBe('null');
    for (const where of bodies) {
      const chats = await chatsIn(frame, { [where]: token });
      expect(await chats.rejection('createNewChat')).toMatchObject(unreadable);
    }
    expect(await sessions()).toEqual([]);
    await page.close();
  });

  it('lets a foreign page read nothing of REST', async () => {
    const { token } = await begin();
    const outcome = await foreign.page.evaluate(
      ({ url, authorization }) =>
        fetch(url, { headers: { authorization } }).then(
          (answer) => `read: ${answer.status}`,
          (error: unknown) => (error as Error).name,
        ),
      { url: `${server.url}/api/v1/sessions`, authorization: `Bearer ${token}` },
    );
    expect(outcome).toBe('TypeError');
  });
});
