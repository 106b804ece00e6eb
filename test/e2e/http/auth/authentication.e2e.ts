import { expectStatus, type Answer, type Client } from '../../../support/rest/client.js';
import { comparableAnswer, refusal } from '../../../support/rest/problems.js';
import { rawCall } from '../../../support/rest/raw.js';
import { badTokenSample, badTokens, claims, seconds, signed, testSecret } from '../../../support/rest/tokens.js';
import { full } from '../../../support/run/full.js';
import { TestServer } from '../../../support/http/server.js';

describe('authentication', () => {
  let server: TestServer;
  let client: Client;
  let id: string;

  beforeAll(async () => {
    server = await TestServer.start({ JWT_SECRET: testSecret });
    client = await server.client({ userId: 2, activityId: 1 });
    id = await client.newSession({ id: 'kept', title: 'Before' });
    expectStatus(await client.save(id, { content: 'before' }), 201);
  });
  afterAll(() => server.stop());

  const list = (authorization?: string) =>
    rawCall(server.url, '/api/v1/sessions', { headers: authorization === undefined ? {} : { authorization } });
  const everything = async () => {
    const tables = ['writeassistdev_chat_owners', 'writeassistdev_chat_sessions', 'writeassistdev_chat', 'user'];
    return Promise.all(tables.map((table) => server.dataSource.query<unknown>(`SELECT * FROM ${table}`)));
  };
  /** Every operation of the OpenAPI document, with existing ids. */
  const operations = async () => {
    const { paths } = expectStatus(
      await client.call<{ paths: Record<string, Record<string, { security?: object[] }>> }>('GET', '/openapi.json'),
      200,
    );
    // The legacy endpoint has its own authentication and errors.
    const rest = Object.entries(paths).filter(([path]) => !path.startsWith('/mod/'));
    return rest.flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({
        method: method.toUpperCase(),
        path: path.replace('{sessionId}', id).replace('{messageId}', '1'),
        security,
      })),
    );
  };
  const send = (method: string, path: string, authorization?: string) => {
    const body = ['POST', 'PATCH'].includes(method) ? '{"title":"x","role":"user","content":"x"}' : '';
    const headers = { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) };
    return rawCall(server.url, path, { method, headers, body });
  };

  it('is needed for every operation but health, and nothing is written without it', async () => {
    const before = await everything();
    const all = await operations();
    expect(all).toHaveLength(23);
    const open: string[] = [];
    for (const { method, path } of all) {
      for (const authorization of [undefined, 'Bearer x']) {
        const answer = await send(method, path, authorization);
        if (answer.status === 401) refusal(answer, 401, 'unauthenticated');
        else open.push(`${method} ${path} ${answer.status}`);
      }
    }
    expect(open).toEqual(['GET /livez 200', 'GET /livez 200', 'GET /readyz 200', 'GET /readyz 200']);
    expect(await everything()).toEqual(before);
  });

  it('is described correctly in the OpenAPI document', async () => {
    for (const { path, security } of await operations()) {
      expect([path, security]).toEqual([path, /^\/(livez|readyz)$/.test(path) ? undefined : [{ bearer: [] }]]);
    }
  });

  it('does not reveal to a caller without a token whether a session exists', async () => {
    const existing = await send('GET', `/api/v1/sessions/${id}`);
    const missing = await send('GET', '/api/v1/sessions/missing');
    expect(comparableAnswer(existing)).toBe(comparableAnswer(missing));
  });

  describe('a token is rejected if it', () => {
    let without: Answer<unknown>;
    beforeAll(async () => {
      without = await list();
    });

    it.each(full(badTokens, badTokenSample))('%s', async (_, make) => {
      const before = await everything();
      const answer = await list(`Bearer ${make()}`);
      refusal(answer, 401, 'unauthenticated');
      expect(comparableAnswer(answer)).toBe(comparableAnswer(without));
      refusal(await send('POST', '/api/v1/sessions', `Bearer ${make()}`), 401, 'unauthenticated');
      expect(await everything()).toEqual(before);
    });
  });

  describe('the header is rejected if it', () => {
    const good = () => signed(claims());

    it.each<[string, () => string]>([
      ['is empty', () => ''],
      ['has no token', () => 'Bearer'],
      ['has an empty token', () => 'Bearer '],
      ['has no scheme', () => good()],
      ['has the scheme Basic', () => `Basic ${Buffer.from('2:1').toString('base64')}`],
      ['has the scheme Basic and a token', () => `Basic ${good()}`],
      ['has the scheme Token', () => `Token ${good()}`],
      ['has another scheme that begins with Bearer', () => `Bearers ${good()}`],
      ['has a colon', () => `Bearer: ${good()}`],
      ['has no space', () => `Bearer${good()}`],
      ['has quotes', () => `Bearer "${good()}"`],
      ['has two tokens', () => `Bearer ${good()} ${good()}`],
      ['has two tokens with a comma', () => `Bearer ${good()}, Bearer ${good()}`],
      ['has a second scheme', () => `Basic eDp5, Bearer ${good()}`],
    ])('%s', async (_, make) => {
      const answer = await list(make());
      refusal(answer, 401, 'unauthenticated');
      expect(comparableAnswer(answer)).toBe(comparableAnswer(await list()));
    });
  });

  it.each(['token', 'access_token', 'sesskey', 'jwt', 'authorization'])(
    'is not read from the URL, a cookie or a field: %s',
    async (name) => {
      const token = signed(claims());
      refusal(await rawCall(server.url, `/api/v1/sessions?${name}=${token}`), 401, 'unauthenticated');
      const cookie = { cookie: `${name}=${token}` };
      refusal(await rawCall(server.url, '/api/v1/sessions', { headers: cookie }), 401, 'unauthenticated');
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ [name]: token });
      const answer = await rawCall(server.url, '/api/v1/sessions', { method: 'POST', headers, body });
      refusal(answer, 401, 'unauthenticated');
    },
  );

  describe('a token is accepted', () => {
    let session: string;

    // The shared session may have been changed by a test that accepted a bad token.
    beforeEach(async () => {
      session = await client.newSession({ title: 'Own' });
    });

    const seen = async (authorization: string) => {
      const answer = await rawCall(server.url, `/api/v1/sessions/${session}`, { headers: { authorization } });
      return expectStatus(answer as Answer<unknown>, 200);
    };

    // Functions, because the times count from the start of the test.
    it.each<[string, () => Record<string, unknown>]>([
      ['with numbers', () => ({ sub: 2, activity: 1 })],
      ['with strings', () => ({ sub: '2', activity: '1' })],
      ['with a string and a number', () => ({ sub: '2', activity: 1 })],
      ['with additional claims', () => ({ name: 'x', roles: ['admin'], userId: 9, iss: 'anybody', aud: ['anything'] })],
      ['valid since now', () => ({ nbf: seconds() })],
      ['issued three seconds ahead: clocks differ', () => ({ iat: seconds() + 3 })],
      ['issued some days ago', () => ({ iat: seconds() - 6 * 86_400 })],
      ['valid for a very long time', () => ({ exp: 9_999_999_999 })],
      ['without iat, valid for less than a week', () => ({ iat: undefined, exp: seconds() + 6 * 86_400 })],
    ])('%s', async (_, changes) => {
      expect(await seen(`Bearer ${signed(claims(changes()))}`)).toMatchObject({ id: session, title: 'Own' });
    });

    it('without typ, with another typ of an access token, and with a kid', async () => {
      await seen(`Bearer ${signed(claims(), { header: { typ: undefined } })}`);
      await seen(`Bearer ${signed(claims(), { header: { kid: '../../etc/passwd' } })}`);
      // Headers that name the location of keys are ignored.
      await seen(`Bearer ${signed(claims(), { header: { jku: 'http://127.0.0.1:9/', x5u: 'http://127.0.0.1:9/' } })}`);
      for (const typ of ['jwt', 'application/jwt', 'at+jwt']) {
        await seen(`Bearer ${signed(claims(), { header: { typ } })}`);
      }
    });

    it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('with the scheme %s', async (scheme) => {
      await seen(`${scheme} ${signed(claims())}`);
      await seen(`${scheme}   ${signed(claims())}  `);
    });

    it('for the highest ids', async () => {
      const highest = 4294967295;
      const token = signed(claims({ sub: highest, activity: String(highest) }));
      expect((await list(`Bearer ${token}`)).text).toBe('{"data":[],"nextCursor":null}');
      const owner = await server.client({ userId: highest, activityId: highest });
      expectStatus(await owner.createSession(), 201);
      const { data } = (await list(`Bearer ${token}`)).body as unknown as { data: object[] };
      expect(data).toHaveLength(1);
    });
  });
});

describe('with a configured issuer and audience', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start({
      JWT_SECRET: testSecret,
      JWT_ISSUER: 'https://moodle.example',
      JWT_AUDIENCE: 'chat',
    });
  });
  afterAll(() => server.stop());

  const good = { iss: 'https://moodle.example', aud: 'chat' };
  const status = async (changes: object) => {
    const headers = { authorization: `Bearer ${signed(claims({ ...good, ...changes }))}` };
    const answer = await rawCall(server.url, '/api/v1/sessions', { headers });
    if (answer.status === 401) refusal(answer, 401, 'unauthenticated');
    return answer.status;
  };

  it.each<[string, object]>([
    ['no issuer', { iss: undefined }],
    ['another issuer', { iss: 'https://moodle.example/' }],
    ['a list of issuers', { iss: ['https://moodle.example'] }],
    ['no audience', { aud: undefined }],
    ['another audience', { aud: 'Chat' }],
    ['other audiences', { aud: ['a', 'b'] }],
    ['an empty list of audiences', { aud: [] }],
    ['neither', { iss: undefined, aud: undefined }],
  ])('a token with %s is rejected', async (_, changes) => {
    expect(await status(changes)).toBe(401);
  });

  it.each<[string, object]>([
    ['both', {}],
    ['the audience among others', { aud: ['other', 'chat'] }],
  ])('a token with %s is accepted', async (_, changes) => {
    expect(await status(changes)).toBe(200);
  });

  it('tokens that the server issues are accepted', async () => {
    expectStatus(await (await server.client()).sessions(), 200);
  });
});
