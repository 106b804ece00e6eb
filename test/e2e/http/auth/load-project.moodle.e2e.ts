import { expectStatus } from '../../../support/rest/client.js';
import { LegacyClient, laterAddress } from '../../../support/legacy/client.js';
import { Upstream } from '../../../support/legacy/upstream.js';
import { MoodlePage } from '../../../support/moodle/moodle-page.js';
import { MoodleStandIn } from '../../../support/moodle/moodle-site.js';
import { testSecret } from '../../../support/rest/tokens.js';
import { TestServer } from '../../../support/http/server.js';

const cmid = 12;
const empty = '{"success":true,"project":{"chatHistory":[]}}';

describe('load_project of a page with a Moodle login', () => {
  let moodle: MoodleStandIn;
  let original: Upstream;
  let server: TestServer;
  let page: MoodlePage;
  let lastUser = 100;

  beforeAll(async () => {
    [moodle, original] = await Promise.all([MoodleStandIn.start([[cmid, 'writeassistdev', 7]]), Upstream.start()]);
    server = await TestServer.start({
      ...moodle.environment,
      JWT_SECRET: testSecret,
      LEGACY_UPSTREAM_URL: original.url,
    });
  });
  beforeEach(() => {
    moodle.reset();
    original.reset();
    original.answer = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(empty);
    page = new MoodlePage(server, moodle.logIn(++lastUser, [cmid]), cmid);
    server.log.length = 0;
  });
  afterAll(async () => {
    await server.stop();
    await Promise.all([moodle.stop(), original.stop()]);
  });

  const load = async (fields: object = {}) => (await page.call('load_project', { ...fields })).text;
  const warnings = () => server.log.filter((line) => line.includes('load_project was passed on'));

  it('has the chat of that user, as the history has it', async () => {
    expectStatus(await page.append('How long is the Nile?'), 200);
    const { chatHistory = [] } = expectStatus(await page.call('load_chat_history_only'), 200);
    expect(chatHistory).toHaveLength(1);
    expect(await load()).toBe(`{"success":true,"project":{"chatHistory":${JSON.stringify(chatHistory)}}}`);
    expect(original.only.headers.cookie).toBeDefined();
  });

  it('has it also for a token in the header, beside the sesskey of Moodle', async () => {
    expectStatus(await page.append('by cookie'), 200);
    const client = new LegacyClient(server.url, await server.token({ userId: lastUser, activityId: 7 }), {
      userId: lastUser,
      activityId: 7,
    });
    const fields = { cmid: String(cmid), sesskey: 'aB3dE6gH9k' };
    const { text } = await client.call('load_project', fields, { bearer: true, path: laterAddress });
    expect(text).toContain('"content":"by cookie"');
  });

  it('is authenticated after the original has answered, and not if that refuses', async () => {
    let asked = -1;
    original.answer = (response) => {
      asked = moodle.received.length;
      response.writeHead(200, { 'content-type': 'application/json' }).end(empty);
    };
    expect(await load()).toBe(empty);
    expect(asked).toBe(0);
    expect(moodle.questions().toSorted()).toEqual(['access', 'login']);
    moodle.reset();
    const refused = '{"success":false,"error":"Invalid session key"}';
    original.answer = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(refused);
    expect(await load({ sesskey: 'aB3dE6gH9k' })).toBe(refused);
    expect(moodle.received).toEqual([]);
  });

  it('stays as it is for a login that Moodle does not know', async () => {
    expect(await load({ sesskey: 'aB3dE6gH9k' })).toBe(empty);
    expect(warnings()).toEqual([]);
  });

  it('stays as it is when Moodle cannot be asked, which is logged', async () => {
    moodle.service = (response) => response.destroy();
    expect(await load()).toBe(empty);
    expect(warnings()).toHaveLength(1);
    expect(warnings()[0]).toContain('authentication_unavailable');
  });
});
