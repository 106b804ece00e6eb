import type { Browser, Locator, Page } from 'playwright-core';
import { actions } from '../../src/legacy/actions.js';
import { launchBrowser } from '../support/browser/browser.js';
import { sqlOf } from '../support/database/access.js';
import { TestServer } from '../support/http/server.js';
import { full } from '../support/run/full.js';

describe('the legacy endpoint on the docs page of a server without settings', () => {
  let server: TestServer;
  let browser: Browser;
  let page: Page;
  /** Errors and warnings of the browser. */
  const complaints: string[] = [];
  let complaintsOfLoading: string[];

  beforeAll(async () => {
    [server, browser] = await Promise.all([TestServer.start(), launchBrowser()]);
    page = await browser.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('requestfailed', (request) => complaints.push(request.url()));
    await page.goto(`${server.url}/docs`);
    await page.locator('#operations-legacy-callWriteassistdev').waitFor();
    complaintsOfLoading = [...complaints];
  });
  beforeEach(() => {
    complaints.length = 0;
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  it('opens without an error or warning of the browser', () => {
    expect(complaintsOfLoading).toEqual([]);
  });

  /** Opens this operation, and closes the others, because each open one makes the page slower. */
  async function open(operationId: string, contentType?: string): Promise<Locator> {
    const operation = page.locator(`#operations-legacy-${operationId}`);
    if (!(await executeOf(operation).isVisible())) {
      for (const other of await page.locator('.opblock.is-open .opblock-summary-control').all()) await other.click();
      await operation.locator('.opblock-summary-control').click();
    }
    await executeOf(operation).waitFor();
    if (contentType) await operation.getByLabel('Request content type').selectOption(contentType);
    return operation;
  }

  /** Presses Execute. @returns the status and the body of the answer */
  async function execute(operation: Locator): Promise<[number, unknown]> {
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      executeOf(operation).click(),
    ]);
    return [answer.status(), await answer.json()];
  }

  it('saves a message at the first click without any input', async () => {
    const messages = () => sqlOf(server).query('SELECT chat_session_id, role, content FROM writeassistdev_chat', []);
    const before = await messages();
    const operation = await open('callWriteassistdev');
    expect(await execute(operation)).toEqual([200, { success: true, message_id: expect.any(Number) as number }]);
    await operation.locator('.live-responses-table', { hasText: '"success": true' }).waitFor();
    const saved = { chat_session_id: 'chat-1', role: 'user', content: 'How long is the Nile?' };
    expect(await messages()).toEqual([...before, saved]);
    expect(complaints).toEqual([]);
  });

  it('has every action in its drop-down, from which they work', async () => {
    const operation = await open('callWriteassistdev');
    const dropDown = operation.locator('tr[data-property-name="action"] select');
    const names = await optionsOf(dropDown);
    expect(names).toEqual([...actions.keys()]);
    for (const name of full(names, names.slice(0, 2))) {
      await dropDown.selectOption(name);
      expect([name, await execute(operation)]).toEqual([name, done]);
    }
    expect(complaints).toEqual([]);
  }, 60_000);

  it.each(
    full(['application/x-www-form-urlencoded', 'multipart/form-data', 'application/json'], ['multipart/form-data']),
  )('works at its later path without any input, as %s', async (contentType) => {
    const operation = await open('callResearchflow', contentType);
    const sent = page.waitForRequest((request) => request.method() === 'POST');
    expect(await execute(operation)).toEqual(done);
    expect((await sent).headers()['content-type']).toMatch(new RegExp(`^${contentType}`));
    expect((await sent).url()).toBe(`${server.url}/mod/researchflow/ajax.php`);
    expect(complaints).toEqual([]);
  });

  it('has an example of every action, which works as JSON', async () => {
    const operation = await open('callResearchflow', 'application/json');
    const examples = operation.locator('.opblock-section-request-body .examples-select-element');
    const names = (await optionsOf(examples)).filter((name) => name !== '__MODIFIED__VALUE__');
    expect(names.toSorted()).toEqual([...actions.keys()].sort());
    for (const name of full(names, names.slice(-1))) {
      await examples.selectOption(name);
      const text = await operation.locator('textarea.body-param__text').inputValue();
      expect(JSON.parse(text)).toMatchObject({ action: name });
      expect([name, await execute(operation)]).toEqual([name, done]);
    }
    expect(complaints).toEqual([]);
  }, 60_000);
});

const done = [200, expect.objectContaining({ success: true })];

function executeOf(operation: Locator): Locator {
  return operation.getByRole('button', { name: 'Execute' });
}

function optionsOf(select: Locator): Promise<string[]> {
  return select.locator('option').evaluateAll((all) => all.map((one) => (one as unknown as { value: string }).value));
}
