import { setTimeout as sleep } from 'node:timers/promises';
import type { Owner } from '../../../../src/owners/owner.js';
import { expectStatus, type Answer } from '../../../support/rest/client.js';
import { passTime, restoreTime } from '../../../support/http/clock.js';
import { sqlOf } from '../../../support/database/access.js';
import { LegacyClient, encodings, failure, firstAddress, laterAddress } from '../../../support/legacy/client.js';
import type { LegacyAnswer } from '../../../support/legacy/client.js';
import { nothing, storedOf } from '../../../support/legacy/stored-rows.js';
import { itemAt } from '../../../support/rest/data.js';
import { comparableAnswer } from '../../../support/rest/problems.js';
import { badTokens, claims, encode, seconds, signed, testSecret } from '../../../support/rest/tokens.js';
import { full } from '../../../support/run/full.js';
import { everyNth } from '../../../support/run/sample.js';
import { TestServer, otherOwners } from '../../../support/http/server.js';

const refused = '{"success":false,"error":"Invalid session key","code":"unauthenticated"}';
/** The owner in `claims()`. */
const claimed: Owner = { userId: 2, activityId: 1 };

afterEach(restoreTime);

describe('the caller of the legacy endpoint', () => {
  let server: TestServer;
  let client: LegacyClient;

  beforeAll(async () => {
    server = await TestServer.start({ JWT_SECRET: testSecret, LOG_LEVEL: 'trace' });
    const owner = await LegacyClient.of(server, claimed);
    await owner.append({ session_id: 'kept', content: 'before' });
  });
  beforeEach(async () => {
    client = await LegacyClient.of(server);
  });
  afterAll(() => server.stop());

  /** All rows of our tables. */
  const everything = () =>
    Promise.all(
      [
        'user',
        'writeassistdev',
        'writeassistdev_chat_owners',
        'writeassistdev_chat_sessions',
        'writeassistdev_chat',
      ].map((table) => sqlOf(server).query<object>(`SELECT * FROM ${table} ORDER BY 1`, [])),
    );
  const expectRefused = (answer: Answer<LegacyAnswer>) => {
    expect([answer.status, answer.text]).toEqual([401, refused]);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(answer.headers.get('location')).toBeNull();
  };
  const writes = { session_id: 'kept', role: 'user', content: 'never' };

  describe('with a token that', () => {
    it.each(full(badTokens, everyNth(badTokens, 4)))(
      '%s is rejected, in the field and in the header',
      async (_, make) => {
        const before = await everything();
        const token = make();
        const bad = new LegacyClient(server.url, token, claimed);
        for (const [index, path] of [firstAddress, laterAddress].entries()) {
          const encoding = itemAt(encodings, index);
          expectRefused(await bad.call('append_message', writes, { encoding, path }));
          expectRefused(await bad.call('append_message', writes, { encoding: 'json', path, bearer: true }));
        }
        expect(await everything()).toEqual(before);
      },
    );

    it.each<[string, unknown]>([
      ['a word', 'x'],
      ['zero', 0],
      ['a fraction', 1.5],
      ['one too many', 4294967296],
      ['a list', [1]],
    ])('has a cmid that is %s is rejected with any cmid', async (_, cmid) => {
      const bad = new LegacyClient(server.url, signed(claims({ cmid })), claimed);
      for (const sent of ['1', '4294967295']) expectRefused(await bad.call('get_chat_sessions', { cmid: sent }));
    });

    it('is valid is accepted in the field and in the header', async () => {
      const good = new LegacyClient(server.url, signed(claims()), claimed);
      for (const bearer of [false, true]) {
        const { sessions = [] } = expectStatus(await good.call('get_chat_sessions', {}, { bearer }), 200);
        expect(sessions.map(({ session_id: id }) => id)).toEqual(['kept']);
      }
    });

    it('expires is rejected from then on', async () => {
      const late = new LegacyClient(server.url, signed(claims({ exp: seconds() - 57 })), claimed);
      expectStatus(await late.call('test'), 200);
      passTime(3100);
      expectRefused(await late.call('test'));
    });
  });

  it.each(encodings)('without a token is rejected for every action: %s', async (encoding) => {
    const before = await everything();
    const actions = [
      'create_chat_session',
      'get_chat_sessions',
      'switch_chat_session',
      'delete_chat_session',
      'update_chat_title',
      'get_session_messages',
      'save_session_message',
      'clear_session_messages',
      'append_message',
      'load_chat_history_only',
      'test',
    ];
    for (const action of actions) {
      for (const sesskey of [undefined, '', ' ', 'undefined', 'null', '2eswizBaBL', `${encode({ alg: 'none' })}..`]) {
        expectRefused(await client.call(action, { ...writes, title: 'x', sesskey }, { encoding }));
      }
      // An unauthenticated caller does not learn about other errors.
      expectRefused(await client.call(action, { sesskey: 'x', role: 'x', limit: '-1' }, { encoding }));
    }
    expect(await everything()).toEqual(before);
  });

  describe('is named by the token in a Bearer header', () => {
    const header = (token: string) => ({ authorization: `Bearer ${token}` });

    it.each(encodings)('also if sesskey is of another owner or invalid: %s', async (encoding) => {
      const other = await LegacyClient.of(server);
      for (const sesskey of [other.token, 'x', '', '2eswizBaBL']) {
        const answer = await client.call('append_message', { ...writes, sesskey }, { encoding, bearer: true });
        expectStatus(answer, 200);
      }
      expect((await storedOf(server, client.owner)).messages).toHaveLength(4);
      expect(await storedOf(server, other.owner)).toEqual(nothing);
    });

    it.each(['x', 'x.y.z', ''])('also if it is invalid and sesskey is valid: "%s"', async (token) => {
      const answers = [
        await client.call('append_message', writes, { headers: header(token) }),
        await client.call('append_message', writes, { headers: { authorization: `bearer   ${token} ` } }),
      ];
      for (const answer of answers) expectRefused(answer);
      expect(await storedOf(server, client.owner)).toEqual(nothing);
    });

    it('with the scheme in any case', async () => {
      for (const scheme of ['bearer', 'BEARER', 'Bearer ']) {
        const headers = { authorization: `${scheme} ${client.token}` };
        expectStatus(await client.call('test', { sesskey: undefined }, { headers }), 200);
      }
    });
  });

  it.each(['Basic dXNlcjpwYXNz', 'Digest username="x"', 'Negotiate abc', 'Bearertoken x', ''])(
    'is not named by the header "%s", which is ignored',
    async (authorization) => {
      expectStatus(await client.call('test', {}, { headers: { authorization } }), 200);
      const owner = await client.call('get_chat_sessions', { sesskey: undefined }, { headers: { authorization } });
      expectRefused(owner);
    },
  );

  it('is not named by a cookie, another header, or the query', async () => {
    const { token } = client;
    const headers: Record<string, string>[] = [
      { cookie: `MoodleSession=${token}; sesskey=${token}; token=${token}` },
      { 'x-sesskey': token, 'x-auth-token': token, 'x-forwarded-user': '2', 'x-user-id': '2' },
      { 'proxy-authorization': `Bearer ${token}` },
    ];
    for (const some of headers) {
      expectRefused(await client.call('append_message', { ...writes, sesskey: undefined }, { headers: some }));
    }
    const path = `${firstAddress}?sesskey=${token}&token=${token}&access_token=${token}`;
    expectRefused(await client.call('append_message', { ...writes, sesskey: undefined }, { path }));
    expect(await storedOf(server, client.owner)).toEqual(nothing);
  });

  it('is named by the token, also if there are cookies', async () => {
    const answer = await client.call('append_message', writes, { headers: { cookie: 'MoodleSession=abc; userid=2' } });
    expectStatus(answer, 200);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect((await storedOf(server, client.owner)).messages).toHaveLength(1);
  });

  describe('sees only its own data', () => {
    const actions: [string, object][] = [
      ['switch_chat_session', {}],
      ['delete_chat_session', {}],
      ['update_chat_title', { title: 'Stolen' }],
      ['get_session_messages', {}],
      ['get_session_messages', { limit: 1 }],
      ['clear_session_messages', {}],
      ['save_session_message', { role: 'user', content: 'x' }],
      ['append_message', { role: 'user', content: 'x' }],
      ['load_chat_history_only', {}],
    ];

    it.each(otherOwners)('if it is %s: other chats get the same bytes as missing ones', async (_, other) => {
      const id = await client.newSession('Private');
      const row = await client.append({ session_id: id, content: 'secret', client_message_id: 'm' });
      const before = await storedOf(server, client.owner);
      const stranger = await LegacyClient.of(server, other(client.owner));
      const missing = `chat_${client.owner.userId}_${client.owner.activityId}_1795367764_abcdefghijkl`;
      for (const hasSession of [false, true]) {
        if (hasSession) await stranger.append({ session_id: 'own' });
        for (const [action, fields] of actions) {
          const theirs = await stranger.call(action, { ...fields, session_id: id });
          const absent = await stranger.call(action, { ...fields, session_id: missing });
          if (action !== 'load_chat_history_only') failure(theirs, 404, 'session_not_found');
          expect([action, comparableAnswer(theirs)]).toEqual([action, comparableAnswer(absent)]);
        }
      }
      for (const [action, found, absent] of [
        ['get_session_messages', row, 999_999_999],
        ['get_chat_sessions', itemAt(before.sessions, 0).id, 999_999_999],
      ] as const) {
        const theirs = await stranger.call(action, { session_id: 'own', before: found });
        expect(theirs.status).toBe(404);
        expect(theirs.text).toBe((await stranger.call(action, { session_id: 'own', before: absent })).text);
      }
      expect(await storedOf(server, client.owner)).toEqual(before);
    });
  });

  it('has neither its token nor its texts in the log', async () => {
    const secret = 'Zeppelin-4711';
    const fields = { session_id: secret, role: secret, content: secret, title: secret, client_message_id: secret };
    const bad = 'c0ffee.c0ffee.c0ffee';
    for (const encoding of encodings) {
      for (const action of ['append_message', 'create_chat_session', 'update_chat_title', secret]) {
        await client.call(action, fields, { encoding });
        await client.call(action, { ...fields, role: 'user' }, { encoding, bearer: true });
        await client.call(action, { ...fields, sesskey: bad }, { encoding });
        await client.call(action, { ...fields, sesskey: bad }, { encoding, path: `${firstAddress}?sesskey=${bad}` });
        await client.call(action, { ...fields, sesskey: [bad, bad] }, { encoding });
      }
    }
    await client.send(`{"sesskey":"${bad}","content":"${secret}`, { headers: { 'content-type': 'application/json' } });
    const last = expectStatus(await client.call('get_session_messages', { session_id: secret }), 200);
    expect(last.messages).toHaveLength(1);
    await sleep(50);
    const log = server.log.join('');
    expect(log).toContain(firstAddress);
    for (const text of [secret, bad, client.token, itemAt(client.token.split('.'), 2)]) expect(log).not.toContain(text);
  });
});
