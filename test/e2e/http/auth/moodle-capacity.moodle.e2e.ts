import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectStatus } from '../../../support/rest/client.js';
import { failure } from '../../../support/legacy/client.js';
import { MoodlePage } from '../../../support/moodle/moodle-page.js';
import { MoodleStandIn, type Person } from '../../../support/moodle/moodle-site.js';
import { testSecret } from '../../../support/rest/tokens.js';
import { TestServer } from '../../../support/http/server.js';
import { waitUntil } from '../../../support/run/wait-until.js';

const [cmid, otherCmid] = [12, 14];

const answer = (response: ServerResponse, value: object) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify([value]));
const accept = (response: ServerResponse) => answer(response, { error: false, data: { userid: 3, timeremaining: 60 } });
const reject = (response: ServerResponse) =>
  answer(response, { error: true, exception: { errorcode: 'invalidsesskey', message: 'm' } });

describe('while Moodle does not answer,', () => {
  let moodle: MoodleStandIn;
  let server: TestServer;
  let held: ServerResponse[];
  /** The number of answered calls of this test. */
  let answered: number;
  let lastUser = 4000;

  beforeAll(async () => {
    moodle = await MoodleStandIn.start([
      [cmid, 'writeassistdev', 7],
      [otherCmid, 'writeassistdev', 8],
    ]);
  });
  beforeEach(async () => {
    moodle.reset();
    [held, answered] = [[], 0];
    const limits = { MOODLE_SECONDS: '30', RATE_LIMIT_LOGINS: '5', TRUSTED_PROXIES: '127.0.0.1' };
    server = await TestServer.start({ ...moodle.environment, JWT_SECRET: testSecret, ...limits });
  });
  afterEach(async () => {
    for (const response of held) response.destroy();
    await server.stop();
  });
  afterAll(() => moodle.stop());

  const ask = async (person: Person, address: string, module = cmid) => {
    const headers = { 'x-forwarded-for': address };
    const given = await new MoodlePage(server, person, module).call('test', {}, { headers });
    answered++;
    return given;
  };
  const askAsNewUser = (address: string) => ask(moodle.logIn(++lastUser, [cmid]), address);
  const guess = () => ask({ ...moodle.logIn(++lastUser, [cmid]), sesskey: 'guessed' }, '192.0.2.1');

  it('at most 48 new logins are checked at once, at most 24 of one IP, and all others wait', async () => {
    moodle.service = (response) => held.push(response);
    const flood = Array.from({ length: 60 }, () => askAsNewUser('192.0.2.1'));
    await waitUntil(() => held.length === 24);
    const others = ['192.0.2.2', '192.0.2.3', '2001:db8::1', '2001:db8::2', '192.0.2.5'].flatMap((address) =>
      Array.from({ length: 20 }, () => askAsNewUser(address)),
    );
    await waitUntil(() => held.length === 48);
    await sleep(50);
    expect([answered, held.length]).toEqual([0, 48]);
    moodle.service = undefined;
    held.forEach(accept);
    for (const given of await Promise.all([...flood, ...others])) expectStatus(given, 200);
  });

  it('an IP with too many failed logins has 12 checks at once, and its valid logins are still accepted', async () => {
    for (let count = 0; count < 5; count++) failure(await guess(), 401, 'unauthenticated');
    failure(await guess(), 429, 'too_many_requests');
    const proven = moodle.logIn(++lastUser, [cmid, otherCmid]);
    expectStatus(await ask(proven, '192.0.2.1'), 200);
    moodle.reset();
    moodle.service = (response) => held.push(response);
    const flood = Array.from({ length: 30 }, guess);
    await waitUntil(() => held.length === 12);
    // Only one question at a time is asked about them.
    expect(moodle.questions()).toEqual(Array.from({ length: 12 }, () => 'login'));
    moodle.service = undefined;
    expectStatus(await askAsNewUser('192.0.2.2'), 200);
    // A login that was valid before goes first, and is not held up.
    expectStatus(await ask(proven, '192.0.2.1', otherCmid), 200);
    const waiting = askAsNewUser('192.0.2.1');
    held.forEach(reject);
    expectStatus(await waiting, 200);
    for (const given of await Promise.all(flood)) failure(given, 429, 'too_many_requests');
  });
});
