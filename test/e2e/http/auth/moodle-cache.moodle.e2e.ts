import { expectStatus } from '../../../support/rest/client.js';
import { passTime, restoreTime } from '../../../support/http/clock.js';
import { failure } from '../../../support/legacy/client.js';
import { nothing, storedOf } from '../../../support/legacy/stored-rows.js';
import { MoodleStandIn, ajaxPath, type Person } from '../../../support/moodle/moodle-site.js';
import { MoodlePage } from '../../../support/moodle/moodle-page.js';
import { testSecret } from '../../../support/rest/tokens.js';
import { TestServer } from '../../../support/http/server.js';
import { waitUntil } from '../../../support/run/wait-until.js';

const [cmid, activityId] = [12, 7];
/** MOODLE_REMEMBER_SECONDS and MOODLE_STALE_SECONDS, in ms: the longest. */
const [freshMs, staleMs] = [300_000, 600_000];
/** Far more than what is asked before a limit takes on a busy machine. */
const marginMs = 20_000;

afterEach(restoreTime);

describe('the cached result of a Moodle login', () => {
  let moodle: MoodleStandIn;
  let server: TestServer;
  let lastUser = 3000;
  let one: Person;
  let page: MoodlePage;

  beforeAll(async () => {
    moodle = await MoodleStandIn.start([[cmid, 'writeassistdev', activityId]]);
    server = await TestServer.start({
      ...moodle.environment,
      JWT_SECRET: testSecret,
      MOODLE_REMEMBER_SECONDS: String(freshMs / 1000),
      MOODLE_STALE_SECONDS: String(staleMs / 1000),
    });
  });
  beforeEach(async () => {
    moodle.reset();
    one = moodle.logIn(++lastUser, [cmid]);
    page = new MoodlePage(server, one, cmid);
    expectStatus(await page.call('test'), 200);
    expect(moodle.checks).toBe(1);
  });
  afterAll(async () => {
    await server.stop();
    await moodle.stop();
  });

  const signOut = () => moodle.people.splice(moodle.people.indexOf(one), 1);
  /** Moodle can be reached, and answers nothing of use. */
  const breakMoodle = () => {
    moodle.service = (response) => response.writeHead(500).end();
  };
  const isRejected = async () => (await page.call('test')).status === 401;

  it('is used without asking Moodle until MOODLE_REMEMBER_SECONDS', async () => {
    signOut();
    passTime(freshMs - marginMs);
    expectStatus(await page.call('test'), 200);
    expect(moodle.checks).toBe(1);
  });

  it('is used once more after that while one check runs, whose yes replaces it', async () => {
    passTime(freshMs + 100);
    moodle.delayMs = 100;
    for (const answer of await Promise.all([page.call('test'), page.call('test'), page.call('test')])) {
      expectStatus(answer, 200);
    }
    await waitUntil(() => moodle.checks === 2);
    moodle.delayMs = 0;
    passTime(freshMs - marginMs);
    expectStatus(await page.call('test'), 200);
    expect(moodle.checks).toBe(2);
  });

  it('ends with a no of that check at once, and is never used after it', async () => {
    signOut();
    passTime(freshMs + 100);
    expectStatus(await page.call('test'), 200);
    await waitUntil(isRejected);
    breakMoodle();
    // The no itself is cached for 5 s; after that Moodle is asked, and the old yes is gone.
    failure(await page.append('never'), 401, 'unauthenticated');
    passTime(5100);
    failure(await page.append('never'), 503, 'authentication_unavailable');
    expect(await storedOf(server, { userId: one.userId, activityId })).toEqual(nothing);
  });

  it('ends when the user may no longer enter the activity', async () => {
    one.cmids = [];
    passTime(freshMs + 100);
    expectStatus(await page.call('test'), 200);
    await waitUntil(async () => (await page.call('test')).status === 403);
  });

  it('is used while Moodle does not answer, but not longer than both limits together', async () => {
    breakMoodle();
    passTime(freshMs + 100);
    expectStatus(await page.call('test'), 200);
    const warnings = () => server.log.filter((line) => line.includes('could not be checked again'));
    await waitUntil(() => warnings().length === 1);
    expect(warnings().join('')).toContain('answered the login check with status 500');
    passTime(staleMs - marginMs);
    expectStatus(await page.call('test'), 200);
    passTime(marginMs);
    failure(await page.append('never'), 503, 'authentication_unavailable');
    // Further ones are counted.
    expect(warnings()).toHaveLength(1);
  });

  it('of a login that was closed in Moodle is not used longer than both limits together', async () => {
    signOut();
    passTime(freshMs + staleMs + 100);
    failure(await page.append('never'), 401, 'unauthenticated');
    expect(await storedOf(server, { userId: one.userId, activityId })).toEqual(nothing);
  });

  it('is not used longer than the login is valid according to Moodle', async () => {
    const short = moodle.logIn(++lastUser, [cmid]);
    const shortPage = new MoodlePage(server, short, cmid);
    const data = { userid: short.userId, timeremaining: 280 };
    moodle.service = (response) => response.writeHead(200).end(JSON.stringify([{ error: false, data }]));
    expectStatus(await shortPage.call('test'), 200);
    moodle.service = undefined;
    moodle.people.splice(moodle.people.indexOf(short), 1);
    passTime(280_000 - marginMs);
    expectStatus(await shortPage.call('test'), 200);
    passTime(marginMs + 1000);
    failure(await shortPage.append('never'), 401, 'unauthenticated');
  });

  it('is not used when a login is exchanged for a token: Moodle is asked anew', async () => {
    expect((await page.exchangeToken()).status).toBe(200);
    expect(moodle.checks).toBe(2);
    signOut();
    expectStatus(await page.call('test'), 200);
    expect((await page.exchangeToken()).status).toBe(401);
    expect(moodle.checks).toBe(3);
    // That answer replaces what was cached.
    failure(await page.append('never'), 401, 'unauthenticated');
    expect((await page.exchangeToken()).status).toBe(401);
    expect(moodle.checks).toBe(4);
    moodle.people.push(one);
    expect((await page.exchangeToken()).status).toBe(200);
    expectStatus(await page.call('test'), 200);
    breakMoodle();
    expect((await page.exchangeToken()).status).toBe(503);
    expectStatus(await page.call('test'), 200);
  });

  it('is there when an old page loads again after it gave up', async () => {
    moodle.delayMs = 150;
    const other = new MoodlePage(server, moodle.logIn(++lastUser, [cmid]), cmid);
    const body = new URLSearchParams({ action: 'load_chat_history_only', cmid: String(cmid), sesskey: other.sesskey });
    const init = { method: 'POST', body, headers: { cookie: other.cookie }, signal: AbortSignal.timeout(50) };
    await expect(fetch(`${server.url}${ajaxPath}`, init)).rejects.toThrow(/timeout/);
    expectStatus(await other.call('load_chat_history_only'), 200);
    expect(moodle.checks).toBe(2);
  });
});

describe('a check in the background', () => {
  it('does not delay the end of the server', async () => {
    const moodle = await MoodleStandIn.start([[cmid, 'writeassistdev', activityId]]);
    const server = await TestServer.start({ ...moodle.environment, JWT_SECRET: testSecret });
    try {
      const page = new MoodlePage(server, moodle.logIn(3, [cmid]), cmid);
      expectStatus(await page.call('test'), 200);
      moodle.service = () => undefined;
      passTime(61_000);
      expectStatus(await page.call('test'), 200);
      await waitUntil(() => moodle.checks === 2);
      const start = performance.now();
      await server.stop();
      expect(performance.now() - start).toBeLessThan(5000);
      await waitUntil(() => moodle.abandoned === 1);
    } finally {
      await moodle.stop();
    }
  });
});

describe('with MOODLE_REMEMBER_SECONDS=0', () => {
  it('Moodle is asked for every request, whatever MOODLE_STALE_SECONDS is', async () => {
    const moodle = await MoodleStandIn.start([[cmid, 'writeassistdev', activityId]]);
    const settings = { JWT_SECRET: testSecret, MOODLE_REMEMBER_SECONDS: '0', MOODLE_STALE_SECONDS: '600' };
    const server = await TestServer.start({ ...moodle.environment, ...settings });
    try {
      const one = moodle.logIn(3, [cmid]);
      const page = new MoodlePage(server, one, cmid);
      expectStatus(await page.call('test'), 200);
      moodle.people.length = 0;
      failure(await page.append('never'), 401, 'unauthenticated');
    } finally {
      await server.stop();
      await moodle.stop();
    }
  });
});
