import { decodeJwt } from 'jose';
import type { TokenDto } from '../../../../src/moodle/token.dto.js';
import { Client, expectStatus } from '../../../support/rest/client.js';
import { passTime, restoreTime } from '../../../support/http/clock.js';
import { LegacyClient, failure } from '../../../support/legacy/client.js';
import { MoodleStandIn } from '../../../support/moodle/moodle-site.js';
import { MoodlePage } from '../../../support/moodle/moodle-page.js';
import { comparableAnswer, refusal, wrongFields } from '../../../support/rest/problems.js';
import { rawCall } from '../../../support/rest/raw.js';
import { testSecret } from '../../../support/rest/tokens.js';
import { TestServer } from '../../../support/http/server.js';

const [cmid, activityId] = [12, 7];

afterEach(restoreTime);

describe('a Moodle login exchanged for a token', () => {
  let moodle: MoodleStandIn;
  let server: TestServer;
  let lastUser = 900;

  beforeAll(async () => {
    moodle = await MoodleStandIn.start([
      [cmid, 'writeassistdev', activityId],
      [14, 'writeassistdev', 8],
    ]);
    server = await TestServer.start({
      ...moodle.environment,
      JWT_SECRET: testSecret,
      JWT_ISSUER: 'https://moodle.example.org',
      JWT_AUDIENCE: 'chat',
      MOODLE_TOKEN_SECONDS: '60',
    });
  });
  beforeEach(() => {
    moodle.reset();
  });
  afterAll(async () => {
    await server.stop();
    await moodle.stop();
  });

  const login = () => moodle.logIn(++lastUser, [cmid, 14]);
  const exchange = async (page: MoodlePage) => expectStatus(await page.exchangeToken(), 200) as unknown as TokenDto;

  it('gives a token for REST with the same user and activity, and a short lifetime', async () => {
    const one = login();
    const page = new MoodlePage(server, one, cmid);
    expectStatus(await page.append('by the old page'), 200);
    const { token, ...rest } = await exchange(page);
    expect(rest).toEqual({ tokenType: 'Bearer', expiresIn: 60 });
    const { iat = 0, exp = 0, ...claims } = decodeJwt(token);
    expect(exp - iat).toBe(60);
    expect(claims).toEqual({
      sub: String(one.userId),
      activity: activityId,
      cmid,
      iss: 'https://moodle.example.org',
      aud: 'chat',
    });
    const client = new Client(server.url, token, { userId: one.userId, activityId });
    const { data } = expectStatus(await client.sessions(), 200);
    expect(data.map(({ id }) => id)).toEqual(['chat-1']);
  });

  it('gives a token for the legacy endpoint that is valid for its course module only', async () => {
    const one = login();
    const { token } = await exchange(new MoodlePage(server, one, cmid));
    const client = new LegacyClient(server.url, token, { userId: one.userId, activityId });
    expectStatus(await client.call('test', { cmid: String(cmid) }), 200);
    failure(await client.call('test', { cmid: '14' }), 403, 'cmid_mismatch');
  });

  it('accepts cmid as a string, as pages have it', async () => {
    const page = new MoodlePage(server, login(), cmid);
    expectStatus(await page.exchangeToken({ cmid: String(cmid) }), 200);
  });

  it('is rejected for an invalid login with one answer for all reasons', async () => {
    const page = new MoodlePage(server, login(), cmid);
    const answers = [
      await page.exchangeToken({ sesskey: '2eswizBaBL' }),
      await page.exchangeToken({}, { cookie: '' }),
      await page.exchangeToken({}, { cookie: `MoodleSession=${'a'.repeat(26)}` }),
      await page.exchangeToken(
        {},
        { cookie: 'MoodleSession=x', authorization: `Bearer ${await server.token({ userId: 1, activityId })}` },
      ),
      await new MoodlePage(server, { ...login(), sesskey: login().sesskey }, cmid).exchangeToken(),
    ];
    for (const answer of answers) refusal(answer, 401, 'unauthenticated');
    expect(new Set(answers.map(comparableAnswer)).size).toBe(1);
  });

  it('is rejected with one answer for an activity without access and for a missing one', async () => {
    const page = new MoodlePage(server, moodle.logIn(++lastUser, []), cmid);
    const answers = [await page.exchangeToken(), await page.exchangeToken({ cmid: 99 })];
    for (const answer of answers) refusal(answer, 403, 'cmid_mismatch');
    expect(new Set(answers.map(comparableAnswer)).size).toBe(1);
  });

  it.each<Record<string, string>>([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('is rejected from a foreign page: %j', async (headers) => {
    const answer = await new MoodlePage(server, login(), cmid).exchangeToken({}, headers);
    refusal(answer, 403, 'foreign_origin');
    expect(moodle.received).toEqual([]);
  });

  it.each<[Record<string, unknown>, string[]]>([
    [{ cmid: undefined }, ['/cmid']],
    [{ cmid: 0, sesskey: '' }, ['/cmid', '/sesskey']],
    [{ cmid: 1.5 }, ['/cmid']],
    [{ cmid: '1e1' }, ['/cmid']],
    [{ cmid: 4294967296 }, ['/cmid']],
    [{ cmid: [12] }, ['/cmid']],
    [{ sesskey: 2 }, ['/sesskey']],
    [{ sesskey: 'a&b' }, ['/sesskey']],
    [{ sesskey: undefined }, ['/sesskey']],
    [{ userId: 3, activityId: 4 }, ['/activityId', '/userId']],
  ])('requires a valid cmid and sesskey, and no other field: %j', async (changes, fields) => {
    expect(wrongFields(await new MoodlePage(server, login(), cmid).exchangeToken(changes))).toEqual(fields);
    expect(moodle.received).toEqual([]);
  });

  it('requires JSON and a short body', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    refusal(await new MoodlePage(server, login(), cmid).exchangeToken({}, headers), 415, 'unsupported_media_type');
    const long = await new MoodlePage(server, login(), cmid).exchangeToken({ sesskey: 'x'.repeat(5000) });
    refusal(long, 413, 'body_too_large');
  });

  it('is rejected after the remaining time that Moodle reported', async () => {
    const one = login();
    const session = { userid: one.userId, timeremaining: 1 };
    moodle.service = (response) => response.writeHead(200).end(JSON.stringify([{ error: false, data: session }]));
    const page = new MoodlePage(server, one, cmid);
    await exchange(page);
    passTime(1100);
    moodle.service = undefined;
    moodle.people.splice(moodle.people.indexOf(one), 1);
    refusal(await page.exchangeToken(), 401, 'unauthenticated');
  });
});

describe('without AUTH=moodle', () => {
  it('POST /api/v1/token does not exist', async () => {
    const server = await TestServer.start({ JWT_SECRET: testSecret });
    try {
      const headers = { 'content-type': 'application/json', cookie: `MoodleSession=${'a'.repeat(26)}` };
      const body = JSON.stringify({ cmid, sesskey: '2eswizBaBL' });
      refusal(await rawCall(server.url, '/api/v1/token', { method: 'POST', headers, body }), 404, 'not_found');
    } finally {
      await server.stop();
    }
  });
});
