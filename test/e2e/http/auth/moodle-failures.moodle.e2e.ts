import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectStatus } from '../../../support/rest/client.js';
import { failure } from '../../../support/legacy/client.js';
import { nothing, storedOf } from '../../../support/legacy/stored-rows.js';
import { MoodleStandIn, ajaxPath, type Person } from '../../../support/moodle/moodle-site.js';
import { MoodlePage } from '../../../support/moodle/moodle-page.js';
import { testSecret } from '../../../support/rest/tokens.js';
import { TestServer } from '../../../support/http/server.js';
import { Detour, deadUrl, type Answering } from '../../../support/legacy/upstream.js';

const [cmid, activityId] = [12, 7];
const proxied = { TRUSTED_PROXIES: '127.0.0.1' };

/** An answer, whole. */
const says =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answering =>
  (response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  };
const session = (data: object): Answering => says(200, [{ error: false, data }]);
const refusal = (errorcode: unknown): Answering => says(200, [{ error: true, exception: { errorcode, message: 'm' } }]);
const never: Answering = () => undefined;
const breaks: Answering = (response) => response.destroy();
const drips: Answering = (response) => {
  response.writeHead(200);
  const timer = setInterval(() => response.write(' '), 100);
  response.on('close', () => {
    clearInterval(timer);
  });
};
const endless: Answering = (response) => {
  response.writeHead(200);
  const chunk = ' '.repeat(64 * 1024);
  const more = () => {
    if (!response.destroyed) response.write(chunk, more);
  };
  more();
};

const html = '<!doctype html><title>Maintenance</title>';
const everywhere: [string, Answering][] = [
  ['an error of its own', says(500, '')],
  ['that it is being maintained', says(503, html)],
  ['that it is busy', says(429, '')],
  ['a page', says(200, html)],
  ['nothing', says(200, '')],
  ['half an answer', says(200, '[{"error":false,"da')],
  ['a warning before the answer', says(200, `Warning: x\n${JSON.stringify([{ error: false, data: {} }])}`)],
  ['a number', says(200, 1)],
  ['null', says(200, 'null')],
  ['an empty list', says(200, [])],
  ['a list of null', says(200, [null])],
  ['an empty object', says(200, {})],
  ['where else to go', says(302, '', { location: 'http://127.0.0.1:9/' })],
  ['that it has moved for good', says(301, '', { location: 'https://127.0.0.1:9/' })],
  ['that it has moved, and how to ask', says(307, '', { location: 'http://127.0.0.1:9/' })],
  ['more than anybody wants to read', endless],
  ['nothing for ever', never],
  ['a byte now and then for ever', drips],
  ['by hanging up', breaks],
];

describe('while Moodle', () => {
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

  /** Asked about somebody new, it answers so; nobody is let in, and nothing is remembered of it. */
  async function expectShut(status: number, code: string): Promise<void> {
    const one = moodle.logIn(++lastUser, [cmid]);
    const page = new MoodlePage(server, one, cmid);
    const answer = await page.append('never');
    failure(answer, status, code);
    expect(answer.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
    expect(await storedOf(server, { userId: one.userId, activityId })).toEqual(nothing);
    moodle.reset();
    if (status === 503) expectStatus(await page.append('after it'), 200);
  }

  describe('answers to the question for a login', () => {
    it.each<[string, Answering]>([
      ...everywhere,
      ['that there is no such page', says(404, html)],
      ['that it must not be asked', says(403, html)],
      ['neither yes nor no', says(200, [{ data: { userid: 3, timeremaining: 60 } }])],
      ['yes as a word', says(200, [{ error: 'false', data: { userid: 3, timeremaining: 60 } }])],
      ['an error that is no refusal', refusal('dmlreadexception')],
      ['a refusal without a name', refusal(undefined)],
      ['yes without a person', session({ timeremaining: 60 })],
      ['yes without a time', session({ userid: 3 })],
      ['a person as a text', session({ userid: '3', timeremaining: 60 })],
      ['half a person', session({ userid: 1.5, timeremaining: 60 })],
      ['a list of people', session({ userid: [3], timeremaining: 60 })],
      ['less than nobody', session({ userid: -1, timeremaining: 60 })],
    ])('%s: nobody knows, nobody comes in', async (_, answering) => {
      moodle.service = answering;
      await expectShut(503, 'authentication_unavailable');
    });

    it.each<[string, Answering]>([
      ['that the key is wrong', refusal('invalidsesskey')],
      ['that nobody is logged in', refusal('servicerequireslogin')],
      ['that the password is to be changed first', refusal('forcepasswordchangenotice')],
      ['that it is from another address', refusal('sessionipnomatch2')],
      ['no before it looks at the question', says(200, { error: 'Not logged in', errorcode: 'requireloginerror' })],
      ['that it is nobody', session({ userid: 0, timeremaining: 60 })],
      ['that no time is left', session({ userid: 3, timeremaining: 0 })],
      ['a person whom we cannot store', session({ userid: 2 ** 40, timeremaining: 60 })],
      ['the guest', session({ userid: 1, timeremaining: 60 })],
    ])('%s: no login', async (_, answering) => {
      moodle.service = answering;
      await expectShut(401, 'unauthenticated');
    });
  });

  describe('answers to the question for access', () => {
    it.each<[string, Answering]>([
      ...everywhere,
      ['yes as a word', says(200, { success: 'true' })],
      ['yes as a number', says(200, { success: 1 })],
      ['yes in a list', says(200, [{ success: true }])],
    ])('%s: nobody knows, nobody comes in', async (_, answering) => {
      moodle.ajax = answering;
      await expectShut(503, 'authentication_unavailable');
    });

    it.each<[string, Answering]>([
      ['no', says(200, { success: false, error: 'Initialization error: no' })],
      ['where to enrol', says(303, '', { location: '/enrol/index.php?id=5' })],
      ['that the key is wrong, in the first versions', says(403, 'Invalid session key')],
      ['an error page, as the first versions do', says(404, html)],
    ])('%s: no access', async (_, answering) => {
      moodle.ajax = answering;
      await expectShut(403, 'cmid_mismatch');
    });
  });

  it('is slow, each of its answers may take its time, and those who ask meanwhile wait for the same one', async () => {
    moodle.service = (response) => {
      setTimeout(() => {
        session({ userid: 77, timeremaining: 60 })(response, response.req);
      }, 600);
    };
    moodle.ajax = (response) => {
      setTimeout(() => {
        says(200, { success: true })(response, response.req);
      }, 600);
    };
    const page = new MoodlePage(server, moodle.logIn(77, [cmid]), cmid);
    const answers = await Promise.all([page.append('a'), page.append('b'), page.call('test')]);
    for (const answer of answers) expectStatus(answer, 200);
    expect(moodle.questions()).toEqual(['login', 'access']);
  });

  describe('does not answer', () => {
    let held: ServerResponse[];
    /** Of the calls of this test. */
    let answered: number;

    beforeEach(() => {
      held = [];
      answered = 0;
      moodle.service = (response) => held.push(response);
    });

    const until = async (isSo: () => boolean) => {
      while (!isSo()) await sleep(10);
    };
    const withServer = async (limits: Record<string, string>, work: (one: TestServer) => Promise<void>) => {
      const patient = { ...moodle.environment, JWT_SECRET: testSecret, MOODLE_SECONDS: '30', ...proxied };
      const one = await TestServer.start({ ...patient, ...limits });
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

    it('only so many are kept waiting, and of one address a quarter of them', async () => {
      await withServer({}, async (one) => {
        const askAnew = (address: string) => ask(one, moodle.logIn(++lastUser, [cmid]), address);
        const flood = Array.from({ length: 60 }, () => askAnew('192.0.2.1'));
        await until(() => answered === 44 && held.length === 16);
        const others = ['192.0.2.2', '192.0.2.3', '2001:db8::1', '2001:db8::2', '192.0.2.5'].flatMap((address) =>
          Array.from({ length: 20 }, () => askAnew(address)),
        );
        await until(() => answered === 44 + 52 && held.length === 64);
        for (const response of held) response.destroy();
        for (const answer of await Promise.all([...flood, ...others])) {
          failure(answer, 503, 'authentication_unavailable');
        }
        expect(moodle.received).toHaveLength(64);
      });
    });

    it('an address that has asked in vain again and again has two places left, and others have all of theirs', async () => {
      await withServer({ RATE_LIMIT_LOGINS: '5' }, async (one) => {
        const stranger = () => ({ ...moodle.logIn(++lastUser, [cmid]), sesskey: 'guessed' });
        const askAnew = () => ask(one, stranger(), '192.0.2.1');
        moodle.service = undefined;
        for (let count = 0; count < 5; count++) failure(await askAnew(), 401, 'unauthenticated');
        failure(await askAnew(), 429, 'too_many_requests');
        moodle.reset();
        answered = 0;
        moodle.service = (response) => held.push(response);
        const flood = Array.from({ length: 30 }, askAnew);
        await until(() => answered === 28 && held.length === 2);
        expect(moodle.received).toHaveLength(2);
        moodle.service = undefined;
        expectStatus(await ask(one, moodle.logIn(++lastUser, [cmid]), '192.0.2.2'), 200);
        for (const response of held) refusal('invalidsesskey')(response, response.req);
        const statuses = (await Promise.all(flood)).map(({ status }) => status);
        expect(statuses.filter((status) => status === 503)).toHaveLength(28);
        // Whose login holds is let in from there, too.
        expectStatus(await ask(one, moodle.logIn(++lastUser, [cmid]), '192.0.2.1'), 200);
      });
    });
  });
});

describe('where Moodle is configured', () => {
  it.each<[string, (moodle: MoodleStandIn, dead: string) => Record<string, string>]>([
    ['at an address at which nobody listens', (_, dead) => ({ MOODLE_URL: dead })],
    ['with an ajax.php at which nobody listens', (_, dead) => ({ MOODLE_AJAX_URL: `${dead}${ajaxPath}` })],
    [
      'with a database at which nobody listens',
      (_, dead) => ({ MOODLE_DATABASE_URL: `mysql://root@${new URL(dead).host}/x` }),
    ],
    ['with tables of another name', () => ({ MOODLE_DB_PREFIX: 'other_' })],
  ])('%s, nobody comes in', async (_, wrong) => {
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

  it('with an ajax.php that leads back here, that is noticed, said in the log, and nobody comes in', async () => {
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
