import { expectStatus } from '../../../support/rest/client.js';
import { storedOf } from '../../../support/legacy/stored-rows.js';
import { passTime, restoreTime } from '../../../support/http/clock.js';
import { MoodlePage } from '../../../support/moodle/moodle-page.js';
import { MoodleStandIn, type Person } from '../../../support/moodle/moodle-site.js';
import { testSecret } from '../../../support/rest/tokens.js';
import { TestServer } from '../../../support/http/server.js';
import { full } from '../../../support/run/full.js';
import { waitUntil } from '../../../support/run/wait-until.js';

const [cmid, activityId] = [12, 7];
/** What the versions 1, 3, 5 and 6 of the plugin's pages ask for when they are opened. */
const firstPages = [{ limit: '20' }, { limit: '50' }, { limit: '50' }, { limit: '50', session_id: 'chat-1' }];
/** A header of the plugin's pages, without which the original rejects them. */
const ofPages = { 'x-requested-with': 'XMLHttpRequest' };

describe('a Moodle that answers the requests of a session one after the other', () => {
  let moodle: MoodleStandIn;
  let server: TestServer;
  /** A server for which a check hangs after three seconds. */
  let impatient: TestServer;
  let lastUser = 2000;

  beforeAll(async () => {
    moodle = await MoodleStandIn.start([[cmid, 'writeassistdev', activityId]]);
    const common = {
      ...moodle.environment,
      JWT_SECRET: testSecret,
      LEGACY_UPSTREAM_URL: moodle.url,
      REQUEST_DEADLINE_MS: '60000',
    };
    server = await TestServer.start({ ...common, TRUSTED_PROXIES: '127.0.0.1', RATE_LIMIT_LOGINS: '20' });
    impatient = await TestServer.start({ ...common, MOODLE_SECONDS: '3' });
  });
  beforeEach(() => {
    moodle.reset();
    moodle.locks.limitMs = 120_000;
  });
  afterEach(restoreTime);
  afterAll(async () => {
    await Promise.all([server.stop(), impatient.stop()]);
    await moodle.stop();
  });

  const person = () => moodle.logIn(++lastUser, [cmid]);
  const ask = (login: Person, address: string, action = 'load_chat_history_only', fields = {}) =>
    new MoodlePage(server, login, cmid).call(action, fields, { headers: { ...ofPages, 'x-forwarded-for': address } });
  /** Opens the page of a class at once, each from the next of these addresses. */
  const openClass = async (size: number, addressOf: (index: number) => string) => {
    const people = Array.from({ length: size }, person);
    const answers = await Promise.all(
      people.map((one, index) => ask(one, addressOf(index), 'load_chat_history_only', firstPages[index % 4])),
    );
    return answers.map(({ status }) => status);
  };
  const all200 = (size: number) => Array.from({ length: size }, () => 200);
  /** An unknown login, which Moodle rejects. */
  const junk = () => ({ ...moodle.logIn(++lastUser, []), sesskey: 'guessed' });

  it.each<[string, number]>([
    ['a cached result that has just expired', 61_000],
    ['no cached result', 241_000],
  ])('saves every message of two windows during a long answer of the AI: %s', async (_, passedMs) => {
    const one = person();
    const windows = [new MoodlePage(impatient, one, cmid), new MoodlePage(impatient, one, cmid)] as const;
    expectStatus(await windows[0].call('load_chat_history_only'), 200);
    passTime(passedMs);
    moodle.aiMs = 3500;
    const answer = windows[0].call('proxy_chat', { user_input: 'x' }, { headers: ofPages });
    await waitUntil(() => moodle.received.some(({ body }) => body.toString().includes('proxy_chat')));
    const saved = await Promise.all([
      windows[0].append('question 1'),
      windows[1].append('question 2'),
      windows[1].append('answer 2', { role: 'assistant' }),
    ]);
    expect(await answer).toMatchObject({ status: 200, body: { assistantReply: 'by the AI' } });
    saved.push(await windows[0].append('answer 1', { role: 'assistant' }));
    for (const append of saved) expectStatus(append, 200);
    const { messages } = await storedOf(impatient, { userId: one.userId, activityId });
    expect(messages).toHaveLength(4);
  });

  it.each<[string, (index: number) => string]>(
    full<[string, (index: number) => string]>(
      [
        ['one IPv4 address', () => '192.0.2.1'],
        ['one IPv6 /64', (index) => `2001:db8:5:1::${index.toString(16)}`],
        ['one IPv6 /56', (index) => `2001:db8:5:2${index.toString(16).padStart(2, '0')}::1`],
        ['one IPv6 /48', (index) => `2001:db8:5:${index.toString(16).padStart(2, '0')}00::1`],
      ],
      [
        ['one IPv4 address', () => '192.0.2.1'],
        ['one IPv6 /48', (index) => `2001:db8:5:${index.toString(16).padStart(2, '0')}00::1`],
      ],
    ),
  )('lets in a class of 60 that opens the page at once from %s', async (_, addressOf) => {
    moodle.delayMs = 50;
    expect(await openClass(60, addressOf)).toEqual(all200(60));
  });

  it('is told the address of the caller in the same way in every call, and nothing that the caller says of it', async () => {
    for (const [given, expected] of [
      ['192.0.2.66, 203.0.113.7', '203.0.113.7'],
      ['::ffff:203.0.113.8', '203.0.113.8'],
      ['2001:DB8:0::1', '2001:db8::1'],
    ] as const) {
      moodle.reset();
      const forged = { 'client-ip': '192.0.2.66', 'x-real-ip': '192.0.2.66', forwarded: 'for=192.0.2.66' };
      const headers = { ...ofPages, ...forged, 'x-forwarded-for': given };
      const page = new MoodlePage(server, person(), cmid);
      expectStatus(await page.call('test', {}, { headers }), 200);
      expectStatus(await page.call('load_project', {}, { headers }), 200);
      expect((await page.exchangeToken({}, headers)).status).toBe(200);
      expect(moodle.received).toHaveLength(5);
      for (const { headers: sent } of moodle.received) {
        expect(sent['x-forwarded-for']).toEqual([expected]);
        expect(JSON.stringify(sent)).not.toContain('192.0.2.66');
      }
    }
  });

  it('lets in a class beside a client with junk logins in its network, and held locks elsewhere', async () => {
    moodle.delayMs = 50;
    const address = '198.51.100.1';
    moodle.aiMs = 1200;
    const locked = Array.from({ length: 40 }, person);
    const longAnswers = locked.map((one) => ask(one, '203.0.113.1', 'proxy_chat'));
    await waitUntil(() => moodle.received.length === locked.length);
    const held = locked.map((one) => ask(one, '203.0.113.1'));
    // More failures than RATE_LIMIT_LOGINS, over as many connections as the client likes.
    let isOver = false;
    const flood = Array.from({ length: 100 }, async () => {
      const statuses = new Set<number>();
      while (!isOver) statuses.add((await ask(junk(), address)).status);
      return statuses;
    });
    await waitUntil(() => moodle.checks > 60);
    const statusesOfClass = await openClass(60, () => address);
    isOver = true;
    expect(statusesOfClass).toEqual(all200(60));
    // A wrong guess never hears anything else.
    const statuses = new Set((await Promise.all(flood)).flatMap((seen) => [...seen]));
    expect([...statuses].sort()).toEqual([401, 429]);
    for (const answer of await Promise.all([...longAnswers, ...held])) expectStatus(answer, 200);
  });
});
