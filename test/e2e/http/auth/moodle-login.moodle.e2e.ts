import { setTimeout as sleep } from 'node:timers/promises';
import { expectStatus } from '../../../support/rest/client.js';
import { passTime, restoreTime } from '../../../support/http/clock.js';
import { LegacyClient, encodings, failure, firstAddress, laterAddress } from '../../../support/legacy/client.js';
import { nothing, storedOf } from '../../../support/legacy/stored-rows.js';
import { MoodleStandIn, ajaxPath } from '../../../support/moodle/moodle-site.js';
import { MoodlePage } from '../../../support/moodle/moodle-page.js';
import { comparableAnswer, refusal } from '../../../support/rest/problems.js';
import { rawCall } from '../../../support/rest/raw.js';
import { testSecret } from '../../../support/rest/tokens.js';
import { TestServer } from '../../../support/http/server.js';
import { waitUntil } from '../../../support/run/wait-until.js';

/** A course module of the plugin, its activity, and a course module of another plugin. */
const [cmid, activityId, quiz] = [12, 7, 13];
const wrongKey = 'Invalid session key';

afterEach(restoreTime);

describe('a page with a Moodle login and no token', () => {
  let moodle: MoodleStandIn;
  let server: TestServer;
  let lastUser = 100;
  /** Logs in a user that no other test has used. */
  const person = (cmids = [cmid, quiz]) => moodle.logIn(++lastUser, cmids);
  const ownerOf = ({ userId }: { userId: number }) => ({ userId, activityId });

  beforeAll(async () => {
    moodle = await MoodleStandIn.start([
      [cmid, 'writeassistdev', activityId],
      [quiz, 'quiz', 7],
      [14, 'writeassistdev', 8],
    ]);
    server = await TestServer.start({
      ...moodle.environment,
      JWT_SECRET: testSecret,
      MOODLE_REMEMBER_SECONDS: '30',
      MOODLE_STALE_SECONDS: '60',
      LOG_LEVEL: 'trace',
    });
  });
  beforeEach(() => {
    moodle.reset();
  });
  afterAll(async () => {
    await server.stop();
    await moodle.stop();
  });

  it.each(encodings)('is authenticated, and has its own chats: %s', async (encoding) => {
    const [one, other] = [person(), person()];
    const [page, otherPage] = [new MoodlePage(server, one, cmid), new MoodlePage(server, other, cmid)];
    expectStatus(
      await page.call('append_message', { session_id: 'a', role: 'user', content: 'mine' }, { encoding }),
      200,
    );
    expectStatus(await otherPage.append('theirs'), 200);
    const { messages } = await storedOf(server, ownerOf(one));
    expect(messages.map(({ content }) => content)).toEqual(['mine']);
    const { chatHistory = [] } = expectStatus(await otherPage.call('load_chat_history_only', {}, { encoding }), 200);
    expect(chatHistory.map(({ content }) => content)).toEqual(['theirs']);
  });

  it('is checked with the requests that Moodle and its plugin expect, and only the session cookie', async () => {
    const one = person();
    const cookie = `theme=dark; MoodleSession=${one.cookie};MOODLEID1_=x; moodlesession=y; XMoodleSession=z`;
    const headers = { cookie, 'x-moodle': 'x', 'accept-language': 'de', 'x-forwarded-for': '192.0.2.9' };
    expectStatus(await new MoodlePage(server, one, cmid).call('test', {}, { headers }), 200);
    const [login, access, ...more] = moodle.received.sort((a, b) => (a.url ?? '').localeCompare(b.url ?? ''));
    expect(more).toEqual([]);
    expect([login?.method, login?.url]).toEqual([
      'POST',
      `/lib/ajax/service.php?sesskey=${one.sesskey}&info=core_session_time_remaining`,
    ]);
    expect(login?.body.toString()).toBe('[{"index":0,"methodname":"core_session_time_remaining","args":{}}]');
    expect([access?.method, access?.url]).toEqual(['POST', ajaxPath]);
    expect(access?.body.toString()).toBe(`action=test&cmid=${cmid}&sesskey=${one.sesskey}`);
    for (const { headers: sent } of moodle.received) {
      expect(sent).toMatchObject({
        cookie: [`MoodleSession=${one.cookie}`],
        'x-requested-with': ['XMLHttpRequest'],
        'x-forwarded-for': ['127.0.0.1'],
        'cdn-loop': ['writeassistdev-chat-store'],
      });
      expect(Object.keys(sent)).not.toEqual(expect.arrayContaining(['x-moodle']));
      expect(sent.authorization).toBeUndefined();
    }
  });

  it('is rejected with a wrong sesskey, a wrong cookie, or those of two users', async () => {
    const [one, other] = [person(), person()];
    const wrong = [
      { ...one, sesskey: '2eswizBaBL' },
      { ...one, sesskey: other.sesskey },
      { ...one, cookie: 'a'.repeat(26) },
      { ...one, cookie: other.cookie },
    ];
    for (const login of wrong) {
      const answer = await new MoodlePage(server, login, cmid).append('never');
      expect(failure(answer, 401, 'unauthenticated')).toBe(wrongKey);
      expect(answer.headers.get('set-cookie')).toBeNull();
    }
    expect(moodle.checks).toBe(wrong.length);
    for (const user of [one, other]) expect(await storedOf(server, ownerOf(user))).toEqual(nothing);
  });

  it('is rejected without a request to Moodle if its cookie or sesskey cannot be valid', async () => {
    const one = person();
    const page = new MoodlePage(server, one, cmid);
    const good = `MoodleSession=${one.cookie}`;
    const cookies = [
      ...[
        '',
        'theme=dark',
        `MoodleSession${one.cookie}`,
        `moodlesession=${one.cookie}`,
        'MoodleSession=',
        'MoodleSession=x',
      ],
      ...[`${good}; ${good}`, `${good}; MoodleSession=${'b'.repeat(26)}`, `MoodleSession="${one.cookie}"`],
      ...[
        `MoodleSession=${one.cookie}%0d%0aX: y`,
        `MoodleSession=${'a'.repeat(300)}`,
        `MoodleSession=${one.cookie}'--`,
      ],
    ];
    for (const cookie of cookies) {
      const answer = await page.call('append_message', { role: 'user', content: 'x' }, { headers: { cookie } });
      expect([cookie, failure(answer, 401, 'unauthenticated')]).toEqual([cookie, wrongKey]);
    }
    for (const sesskey of [
      '',
      ' ',
      'a b',
      "2eswizBaBL'",
      '../x',
      'a'.repeat(65),
      'x&info=y',
      '２eswizBaBL',
      undefined,
    ]) {
      failure(await page.append('x', { sesskey }), 401, 'unauthenticated');
    }
    expect(moodle.received).toEqual([]);
    expect(await storedOf(server, ownerOf(one))).toEqual(nothing);
  });

  it.each([1, 3] as const)(
    'is rejected alike for an activity without access and for a missing one: version %d',
    async (version) => {
      moodle.version = version;
      const stranger = person([]);
      const refused: string[] = [];
      // Not enrolled; an accessible module of another plugin; no such course module.
      for (const [login, module] of [
        [stranger, cmid],
        [person(), quiz],
        [stranger, 99],
      ] as const) {
        const answer = await new MoodlePage(server, login, module).append('never');
        expect(failure(answer, 403, 'cmid_mismatch')).toBe(`Invalid course module ID: ${module}`);
        refused.push(comparableAnswer(answer).replaceAll(String(module), 'N'));
      }
      expect(new Set(refused).size).toBe(1);
      expect(await storedOf(server, ownerOf(stranger))).toEqual(nothing);
    },
  );

  it('is rejected for the guest user, whom all visitors share', async () => {
    const guest = moodle.logIn(1, [cmid]);
    failure(await new MoodlePage(server, guest, cmid).append('never'), 401, 'unauthenticated');
    expect(moodle.checks).toBe(1);
  });

  it('is checked once for concurrent requests, and again after MOODLE_REMEMBER_SECONDS', async () => {
    const page = new MoodlePage(server, person(), cmid);
    const answers = await Promise.all(Array.from({ length: 20 }, () => page.call('get_chat_sessions')));
    for (const answer of answers) expectStatus(answer, 200);
    expect(moodle.questions()).toEqual(['access', 'login']);
    expectStatus(await page.call('test'), 200);
    expect(moodle.questions()).toHaveLength(2);
    passTime(30_100);
    expectStatus(await page.call('test'), 200);
    await waitUntil(() => moodle.questions().length === 4);
    expect(moodle.questions()).toEqual(['access', 'access', 'login', 'login']);
  });

  it('is checked again for another course module', async () => {
    const one = person([cmid, 14]);
    expectStatus(await new MoodlePage(server, one, cmid).append('in the first'), 200);
    expectStatus(await new MoodlePage(server, one, 14).append('in the second'), 200);
    expect(moodle.questions()).toHaveLength(4);
    const { messages } = await storedOf(server, { userId: one.userId, activityId: 8 });
    expect(messages.map(({ content }) => content)).toEqual(['in the second']);
  });

  it('is not checked again at once when it was rejected', async () => {
    const wrong = { ...person(), sesskey: '2eswizBaBL' };
    const page = new MoodlePage(server, wrong, cmid);
    for (let count = 0; count < 5; count++) failure(await page.call('test'), 401, 'unauthenticated');
    expect(moodle.checks).toBe(1);
  });

  it('may send a token in sesskey or in the header, which needs no request to Moodle', async () => {
    const one = person();
    const token = await server.token(ownerOf(one));
    const byKey = new MoodlePage(server, { ...one, sesskey: token }, cmid);
    expectStatus(await byKey.append('by the field'), 200);
    const headers = { authorization: `Bearer ${token}` };
    expectStatus(await new MoodlePage(server, one, cmid).call('test', {}, { headers }), 200);
    for (const authorization of ['Bearer x.y.z', 'Bearer', `Bearer ${one.sesskey}`]) {
      const answer = await new MoodlePage(server, one, cmid).call('test', {}, { headers: { authorization } });
      failure(answer, 401, 'unauthenticated');
    }
    expect(moodle.received).toEqual([]);
  });

  it('may use the later path too, and only POST', async () => {
    const one = person();
    const client = new LegacyClient(server.url, one.sesskey, ownerOf(one));
    const headers = { cookie: `MoodleSession=${one.cookie}` };
    expectStatus(await client.call('test', { cmid: String(cmid) }, { path: laterAddress, headers }), 200);
    const query = `?action=append_message&cmid=${cmid}&sesskey=${one.sesskey}&role=user&content=x`;
    const got = await rawCall(server.url, `${firstAddress}${query}`, { headers });
    expect(got.status).toBe(405);
    const posted = await client.send(new URLSearchParams({ x: '1' }), { path: `${firstAddress}${query}`, headers });
    failure(posted, 400, 'missing_parameter');
    expect(await storedOf(server, ownerOf(one))).toEqual(nothing);
  });

  it('is rejected by REST', async () => {
    const one = person();
    const headers = { cookie: `MoodleSession=${one.cookie}`, 'x-sesskey': one.sesskey };
    const path = `/api/v1/sessions?sesskey=${one.sesskey}&cmid=${cmid}`;
    refusal(await rawCall(server.url, path, { headers }), 401, 'unauthenticated');
    expect(moodle.received).toEqual([]);
  });

  it.each<Record<string, string>>([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1' },
    { origin: 'https://127.0.0.1.evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', origin: 'http://HOST' },
  ])('is rejected from a foreign page without a request to Moodle: %j', async (headers) => {
    const one = person();
    const host = new URL(server.url).host;
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('HOST', host)]),
    );
    for (const encoding of encodings) {
      const answer = await new MoodlePage(server, one, cmid).call('test', {}, { headers: sent, encoding });
      failure(answer, 403, 'foreign_origin');
    }
    expect(moodle.received).toEqual([]);
  });

  it('leaves neither its cookie nor its sesskey in the log', async () => {
    const one = person();
    const page = new MoodlePage(server, one, cmid);
    expectStatus(await page.append('Zeppelin-4712'), 200);
    moodle.service = (response) => response.writeHead(500).end(`${one.cookie} ${one.sesskey}`);
    const again = new MoodlePage(server, { ...one, sesskey: `${one.sesskey}0` }, cmid);
    failure(await again.append('Zeppelin-4712'), 503, 'authentication_unavailable');
    await sleep(50);
    const log = server.log.join('');
    expect(log).toContain('authentication_unavailable');
    for (const secret of [one.cookie, one.sesskey, 'Zeppelin-4712']) expect(log).not.toContain(secret);
    expect(moodle.received.filter(({ url }) => url?.includes(one.sesskey))).not.toEqual([]);
  });
});
