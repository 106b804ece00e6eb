import type { ServerResponse } from 'node:http';
import { expectStatus } from '../../../support/rest/client.js';
import { failure } from '../../../support/legacy/client.js';
import { nothing, storedOf } from '../../../support/legacy/stored-rows.js';
import { MoodleStandIn, ajaxPath, type Person } from '../../../support/moodle/moodle-site.js';
import { MoodlePage } from '../../../support/moodle/moodle-page.js';
import { testSecret } from '../../../support/rest/tokens.js';
import { TestServer } from '../../../support/http/server.js';
import { Detour, deadUrl, type Answering } from '../../../support/legacy/upstream.js';
import { waitUntil } from '../../../support/run/wait-until.js';

const [cmid, activityId] = [12, 7];
const proxied = { TRUSTED_PROXIES: '127.0.0.1' };

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
  let lastUser = 500;

  beforeAll(async () => {
    moodle = await MoodleStandIn.start([[cmid, 'writeassistdev', activityId]]);
    server = await TestServer.start({ ...moodle.environment, JWT_SECRET: testSecret, MOODLE_SECONDS: '1' });
  });
  beforeEach(() => {
    moodle.reset();
  });
  afterAll(async () => {
    await server.stop();
    await moodle.stop();
  });

  /** Expects that a new user is rejected, that nothing is stored, and that a 503 is not cached. */
  async function expectRejected(status: number, code: string): Promise<void> {
    const one = moodle.logIn(++lastUser, [cmid]);
    const page = new MoodlePage(server, one, cmid);
    const answer = await page.append('never');
    failure(answer, status, code);
    expect(answer.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
    expect(await storedOf(server, { userId: one.userId, activityId })).toEqual(nothing);
    moodle.reset();
    if (status === 503) expectStatus(await page.append('after it'), 200);
  }

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
      await expectRejected(503, 'authentication_unavailable');
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
      await expectRejected(503, 'authentication_unavailable');
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

  it('may take MOODLE_SECONDS for each answer, which concurrent requests share', async () => {
    moodle.service = (response) => {
      setTimeout(() => {
        session({ userid: 77, timeremaining: 60 })(response, response.req);
      }, 600);
    };
    moodle.ajax = (response) => {
      setTimeout(() => {
        reply(200, { success: true })(response, response.req);
      }, 600);
    };
    const page = new MoodlePage(server, moodle.logIn(77, [cmid]), cmid);
    const answers = await Promise.all([page.append('a'), page.append('b'), page.call('test')]);
    for (const answer of answers) expectStatus(answer, 200);
    expect(moodle.questions()).toEqual(['login', 'access']);
  });

  describe('does not answer:', () => {
    let held: ServerResponse[];
    /** The number of answered calls of this test. */
    let answered: number;

    beforeEach(() => {
      held = [];
      answered = 0;
      moodle.service = (response) => held.push(response);
    });

    const withServer = async (limits: Record<string, string>, work: (one: TestServer) => Promise<void>) => {
      const environment = { ...moodle.environment, JWT_SECRET: testSecret, MOODLE_SECONDS: '30', ...proxied };
      const one = await TestServer.start({ ...environment, ...limits });
      try {
        await work(one);
      } finally {
        for (const response of held) response.destroy();
        await one.stop();
      }
    };
    const ask = async (one: TestServer, person: Person, address: string) => {
      const answer = await new MoodlePage(one, person, cmid).call(
        'test',
        {},
        { headers: { 'x-forwarded-for': address } },
      );
      answered++;
      return answer;
    };

    it('at most 64 requests wait, and at most 16 of one IP', async () => {
      await withServer({}, async (one) => {
        const askAsNewUser = (address: string) => ask(one, moodle.logIn(++lastUser, [cmid]), address);
        const flood = Array.from({ length: 60 }, () => askAsNewUser('192.0.2.1'));
        await waitUntil(() => answered === 44 && held.length === 16);
        const others = ['192.0.2.2', '192.0.2.3', '2001:db8::1', '2001:db8::2', '192.0.2.5'].flatMap((address) =>
          Array.from({ length: 20 }, () => askAsNewUser(address)),
        );
        await waitUntil(() => answered === 44 + 52 && held.length === 64);
        for (const response of held) response.destroy();
        for (const answer of await Promise.all([...flood, ...others])) {
          failure(answer, 503, 'authentication_unavailable');
        }
        expect(moodle.received).toHaveLength(64);
      });
    });

    it('at most 2 requests wait of an IP with too many failed logins, and more of other IPs', async () => {
      await withServer({ RATE_LIMIT_LOGINS: '5' }, async (one) => {
        const stranger = () => ({ ...moodle.logIn(++lastUser, [cmid]), sesskey: 'guessed' });
        const guess = () => ask(one, stranger(), '192.0.2.1');
        moodle.service = undefined;
        for (let count = 0; count < 5; count++) failure(await guess(), 401, 'unauthenticated');
        failure(await guess(), 429, 'too_many_requests');
        moodle.reset();
        answered = 0;
        moodle.service = (response) => held.push(response);
        const flood = Array.from({ length: 30 }, guess);
        await waitUntil(() => answered === 28 && held.length === 2);
        expect(moodle.received).toHaveLength(2);
        moodle.service = undefined;
        expectStatus(await ask(one, moodle.logIn(++lastUser, [cmid]), '192.0.2.2'), 200);
        for (const response of held) refusal('invalidsesskey')(response, response.req);
        const statuses = (await Promise.all(flood)).map(({ status }) => status);
        expect(statuses.filter((status) => status === 503)).toHaveLength(28);
        // A valid login from that IP is accepted.
        expectStatus(await ask(one, moodle.logIn(++lastUser, [cmid]), '192.0.2.1'), 200);
      });
    });
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
