import { expectStatus } from '../../../support/rest/client.js';
import { failure } from '../../../support/legacy/client.js';
import { nothing, storedOf } from '../../../support/legacy/stored-rows.js';
import { MoodleStandIn, ajaxPath } from '../../../support/moodle/moodle-site.js';
import { MoodlePage } from '../../../support/moodle/moodle-page.js';
import { testSecret } from '../../../support/rest/tokens.js';
import { TestServer } from '../../../support/http/server.js';
import { waitUntil } from '../../../support/run/wait-until.js';
import { Detour, deadUrl, type Answering } from '../../../support/legacy/upstream.js';

const [cmid, activityId] = [12, 7];

/** Sends this answer. */
const reply =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answering =>
  (response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  };
const session = (data: object): Answering => reply(200, [{ error: false, data }]);
const refusal = (errorcode: unknown): Answering =>
  reply(200, [{ error: true, exception: { errorcode, message: 'm' } }]);
const noAnswer: Answering = () => undefined;
const disconnect: Answering = (response) => response.destroy();
const slowBytes: Answering = (response) => {
  response.writeHead(200);
  const timer = setInterval(() => response.write(' '), 100);
  response.on('close', () => {
    clearInterval(timer);
  });
};
const endlessAnswer: Answering = (response) => {
  response.writeHead(200);
  const chunk = ' '.repeat(64 * 1024);
  const more = () => {
    if (!response.destroyed) response.write(chunk, more);
  };
  more();
};

/** What never ends: only the limits of the server do. */
const unfinished = [noAnswer, slowBytes];

const html = '<!doctype html><title>Maintenance</title>';
const invalidAnswers: [string, Answering][] = [
  ['an internal error', reply(500, '')],
  ['a maintenance page', reply(503, html)],
  ['429', reply(429, '')],
  ['a page', reply(200, html)],
  ['an empty body', reply(200, '')],
  ['half an answer', reply(200, '[{"error":false,"da')],
  ['a warning before the answer', reply(200, `Warning: x\n${JSON.stringify([{ error: false, data: {} }])}`)],
  ['a number', reply(200, 1)],
  ['null', reply(200, 'null')],
  ['an empty list', reply(200, [])],
  ['a list of null', reply(200, [null])],
  ['an empty object', reply(200, {})],
  ['a redirect', reply(302, '', { location: 'http://127.0.0.1:9/' })],
  ['a permanent redirect', reply(301, '', { location: 'https://127.0.0.1:9/' })],
  ['a redirect that keeps the method', reply(307, '', { location: 'http://127.0.0.1:9/' })],
  ['an endless body', endlessAnswer],
  ['no response', noAnswer],
  ['a byte every 100 ms without end', slowBytes],
  ['a closed connection', disconnect],
];

describe('Moodle', () => {
  let moodle: MoodleStandIn;
  let server: TestServer;
  /** Waits for a second. A request that must succeed may take longer on a busy machine. */
  let impatient: TestServer;
  let lastUser = 500;

  beforeAll(async () => {
    moodle = await MoodleStandIn.start([[cmid, 'writeassistdev', activityId]]);
    server = await start({});
    impatient = await start({ MOODLE_SECONDS: '1', MOODLE_LOCK_SECONDS: '1' });
  });
  beforeEach(() => {
    moodle.reset();
  });
  afterAll(async () => {
    await server.stop();
    await impatient.stop();
    await moodle.stop();
  });

  const start = (limits: Record<string, string>) =>
    TestServer.start({ ...moodle.environment, JWT_SECRET: testSecret, ...limits });

  /** Expects that a new user is rejected, that nothing is stored, and that a 503 is not cached. */
  async function expectRejected(status: number, code: string, by = server): Promise<void> {
    const one = moodle.logIn(++lastUser, [cmid]);
    const page = new MoodlePage(by, one, cmid);
    const answer = await page.append('never');
    failure(answer, status, code);
    expect(answer.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
    expect(await storedOf(by, { userId: one.userId, activityId })).toEqual(nothing);
    moodle.reset();
    if (status !== 503) return;
    if (by === impatient) await waitUntil(async () => (await page.append('after it')).status === 200);
    else expectStatus(await page.append('after it'), 200);
  }
  const serverFor = (answering: Answering) => (unfinished.includes(answering) ? impatient : server);

  describe('answers the check of a login with', () => {
    it.each<[string, Answering]>([
      ...invalidAnswers,
      ['404', reply(404, html)],
      ['403', reply(403, html)],
      ['no error field', reply(200, [{ data: { userid: 3, timeremaining: 60 } }])],
      ['error as a string', reply(200, [{ error: 'false', data: { userid: 3, timeremaining: 60 } }])],
      ['an error that is not about the login', refusal('dmlreadexception')],
      ['an error without a code', refusal(undefined)],
      ['a login without a user', session({ timeremaining: 60 })],
      ['a login without a remaining time', session({ userid: 3 })],
      ['a user id as a string', session({ userid: '3', timeremaining: 60 })],
      ['a fraction as a user id', session({ userid: 1.5, timeremaining: 60 })],
      ['a list as a user id', session({ userid: [3], timeremaining: 60 })],
      ['a negative user id', session({ userid: -1, timeremaining: 60 })],
    ])('%s: the caller gets 503', async (_, answering) => {
      moodle.service = answering;
      await expectRejected(503, 'authentication_unavailable', serverFor(answering));
    });

    it.each<[string, Answering]>([
      ['a wrong sesskey', refusal('invalidsesskey')],
      ['that no user is logged in', refusal('servicerequireslogin')],
      ['that the password must be changed first', refusal('forcepasswordchangenotice')],
      ['that the IP has changed', refusal('sessionipnomatch2')],
      [
        'an error before the call is dispatched',
        reply(200, { error: 'Not logged in', errorcode: 'requireloginerror' }),
      ],
      ['user 0', session({ userid: 0, timeremaining: 60 })],
      ['no remaining time', session({ userid: 3, timeremaining: 0 })],
      ['a user id beyond 32 bits', session({ userid: 2 ** 40, timeremaining: 60 })],
      ['the guest user', session({ userid: 1, timeremaining: 60 })],
    ])('%s: the caller gets 401', async (_, answering) => {
      moodle.service = answering;
      await expectRejected(401, 'unauthenticated');
    });
  });

  describe('answers the check of access with', () => {
    it.each<[string, Answering]>([
      ...invalidAnswers,
      ['success as a string', reply(200, { success: 'true' })],
      ['success as a number', reply(200, { success: 1 })],
      ['success in a list', reply(200, [{ success: true }])],
    ])('%s: the caller gets 503', async (_, answering) => {
      moodle.ajax = answering;
      await expectRejected(503, 'authentication_unavailable', serverFor(answering));
    });

    it.each<[string, Answering]>([
      ['success false', reply(200, { success: false, error: 'Initialization error: no' })],
      ['a redirect to the enrolment page', reply(303, '', { location: '/enrol/index.php?id=5' })],
      ['403, as the first versions do', reply(403, 'Invalid session key')],
      ['404, as the first versions do', reply(404, html)],
    ])('%s: the caller gets 403', async (_, answering) => {
      moodle.ajax = answering;
      await expectRejected(403, 'cmid_mismatch');
    });
  });

  it('is asked again when it fails for someone who had access: its database may have failed for a moment', async () => {
    const page = new MoodlePage(server, moodle.logIn(++lastUser, [cmid]), cmid);
    expectStatus(await page.append('a'), 200);
    const failing = reply(200, { success: false, error: 'Initialization error: Error reading from database' });
    for (const [failures, status] of [
      [1, 200],
      [2, 403],
    ] as const) {
      let asked = 0;
      moodle.ajax = (response, request) => {
        (asked++ < failures ? failing : reply(200, { success: true }))(response, request);
      };
      // It always asks Moodle.
      expect((await page.exchangeToken()).status).toBe(status);
      expect(asked).toBe(2);
    }
  });

  it('may take MOODLE_LOCK_SECONDS for both answers at once, which concurrent requests share', async () => {
    // Two answers, one after the other, would take longer than the limit.
    const [maxSeconds, answerMs] = ['8', 4800];
    const patient = await start({ MOODLE_SECONDS: maxSeconds, MOODLE_LOCK_SECONDS: maxSeconds });
    moodle.service = (response) => {
      setTimeout(() => {
        session({ userid: 77, timeremaining: 60 })(response, response.req);
      }, answerMs);
    };
    moodle.ajax = (response) => {
      setTimeout(() => {
        reply(200, { success: true })(response, response.req);
      }, answerMs);
    };
    try {
      const page = new MoodlePage(patient, moodle.logIn(77, [cmid]), cmid);
      const answers = await Promise.all([page.append('a'), page.append('b'), page.call('test')]);
      for (const answer of answers) expectStatus(answer, 200);
      expect(moodle.questions()).toEqual(['access', 'login']);
    } finally {
      await patient.stop();
    }
  });

  it('is asked both questions at once: neither waits for the answer to the other', async () => {
    const one = moodle.logIn(++lastUser, [cmid]);
    const held: (() => void)[] = [];
    const answerBoth = (answering: Answering): Answering => {
      return (response, request) => {
        held.push(() => {
          answering(response, request);
        });
        if (held.length === 2) for (const answer of held) answer();
      };
    };
    moodle.service = answerBoth(session({ userid: one.userId, timeremaining: 60 }));
    moodle.ajax = answerBoth(reply(200, { success: true }));
    expectStatus(await new MoodlePage(server, one, cmid).call('test'), 200);
  });

  it('is not waited for any longer when it rejects the login', async () => {
    moodle.service = refusal('invalidsesskey');
    moodle.ajax = noAnswer;
    const page = new MoodlePage(server, moodle.logIn(++lastUser, [cmid]), cmid);
    failure(await page.call('test'), 401, 'unauthenticated');
  });
});

describe('a wrong configuration of Moodle', () => {
  it.each<[string, (moodle: MoodleStandIn, dead: string) => Record<string, string>]>([
    ['MOODLE_URL on which nothing listens', (_, dead) => ({ MOODLE_URL: dead })],
    ['MOODLE_AJAX_URL on which nothing listens', (_, dead) => ({ MOODLE_AJAX_URL: `${dead}${ajaxPath}` })],
    [
      'MOODLE_DATABASE_URL on which nothing listens',
      (_, dead) => ({ MOODLE_DATABASE_URL: `mysql://root@${new URL(dead).host}/x` }),
    ],
    ['MOODLE_DB_PREFIX of other tables', () => ({ MOODLE_DB_PREFIX: 'other_' })],
  ])('%s: every login gets 503', async (_, wrong) => {
    const moodle = await MoodleStandIn.start([[cmid, 'writeassistdev', activityId]]);
    const environment = { ...moodle.environment, ...wrong(moodle, await deadUrl()) };
    const server = await TestServer.start({ ...environment, JWT_SECRET: testSecret });
    try {
      const page = new MoodlePage(server, moodle.logIn(3, [cmid]), cmid);
      failure(await page.append('never'), 503, 'authentication_unavailable');
      expect((await page.exchangeToken()).status).toBe(503);
      expect(await storedOf(server, { userId: 3, activityId })).toEqual(nothing);
    } finally {
      await server.stop();
      await moodle.stop();
    }
  });

  it('MOODLE_AJAX_URL that leads back to this server: every login gets 503, and the log names the variable', async () => {
    const moodle = await MoodleStandIn.start([[cmid, 'writeassistdev', activityId]]);
    const detour = await Detour.start();
    const environment = { ...moodle.environment, MOODLE_AJAX_URL: `${detour.url}${ajaxPath}`, JWT_SECRET: testSecret };
    const server = await TestServer.start(environment);
    detour.target = server.url;
    try {
      const page = new MoodlePage(server, moodle.logIn(3, [cmid]), cmid);
      failure(await page.append('never'), 503, 'authentication_unavailable');
      const log = server.log.join('');
      expect(log).toContain('MOODLE_AJAX_URL leads back here');
      expect(log.match(/"status":508/g)).toHaveLength(1);
      expect(moodle.questions()).toEqual(['login']);
      expect(await storedOf(server, { userId: 3, activityId })).toEqual(nothing);
    } finally {
      await server.stop();
      await detour.stop();
      await moodle.stop();
    }
  });
});
