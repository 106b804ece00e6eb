import { expectStatus } from '../../../support/rest/client.js';
import { failure } from '../../../support/legacy/client.js';
import { MoodlePage } from '../../../support/moodle/moodle-page.js';
import { MoodleStandIn } from '../../../support/moodle/moodle-site.js';
import { testSecret } from '../../../support/rest/tokens.js';
import { TestServer } from '../../../support/http/server.js';

const cmid = 12;

describe('a Moodle login at an address beyond its limit', () => {
  let moodle: MoodleStandIn;
  let server: TestServer;
  let lastUser = 6000;

  beforeAll(async () => {
    moodle = await MoodleStandIn.start([[cmid, 'writeassistdev', 7]]);
    server = await TestServer.start({
      ...moodle.environment,
      ...{ JWT_SECRET: testSecret, LEGACY_UPSTREAM_URL: moodle.url, RATE_LIMIT_ADDRESS: '3' },
    });
  });
  afterAll(async () => {
    await server.stop();
    await moodle.stop();
  });

  const pageOf = (person: { userId: number; cookie: string; sesskey: string }) =>
    new MoodlePage(server, person as ReturnType<MoodleStandIn['logIn']>, cmid);
  const newPerson = () => moodle.logIn(++lastUser, [cmid]);

  it('is accepted if it was valid not long ago, and Moodle is not asked for others', async () => {
    const known = pageOf(newPerson());
    for (let count = 0; count < 5; count++) expectStatus(await known.append(`before ${count}`), 200);
    const stranger = pageOf({ ...newPerson(), sesskey: 'guessed' });
    for (let count = 0; count < 3; count++) failure(await stranger.call('test'), 401, 'unauthenticated');
    const asked = moodle.received.length;
    failure(await pageOf(newPerson()).call('test'), 429, 'too_many_requests');
    failure(await pageOf({ ...newPerson(), sesskey: 'guessed' }).call('test'), 429, 'too_many_requests');
    failure(await pageOf(newPerson()).call('load_project'), 429, 'too_many_requests');
    expect(moodle.received).toHaveLength(asked);
    expectStatus(await known.append('after'), 200);
    expect((await known.exchangeToken()).status).toBe(200);
    expectStatus(await known.call('load_project', {}, { headers: { 'x-requested-with': 'XMLHttpRequest' } }), 200);
  });
});
