import { TokenIssuer } from '../../../../src/auth/token-issuer.js';
import { expectStatus, type Client } from '../../../support/rest/client.js';
import { LegacyClient, encodings, failure, firstAddress, messageId } from '../../../support/legacy/client.js';
import { nothing, storedOf } from '../../../support/legacy/stored-rows.js';
import { full } from '../../../support/run/full.js';
import { itemAt } from '../../../support/rest/data.js';
import { TestServer } from '../../../support/http/server.js';

/** Every string field of every action, with the other required fields of the action. */
const texts: [action: string, field: string, others: object][] = [
  ['create_chat_session', 'title', {}],
  ['switch_chat_session', 'session_id', {}],
  ['delete_chat_session', 'session_id', {}],
  ['update_chat_title', 'session_id', { title: 'x' }],
  ['update_chat_title', 'title', { session_id: 'chat-1' }],
  ['get_session_messages', 'session_id', {}],
  ['clear_session_messages', 'session_id', {}],
  ['load_chat_history_only', 'session_id', {}],
  ...['save_session_message', 'append_message'].flatMap((action): [string, string, object][] => [
    [action, 'session_id', { role: 'user', content: 'x' }],
    [action, 'role', { session_id: 'chat-1', content: 'x' }],
    [action, 'content', { session_id: 'chat-1', role: 'user' }],
    [action, 'client_message_id', { session_id: 'chat-1', role: 'user', content: 'x' }],
  ]),
];
/** Every number field of every action. */
const numbers: [action: string, field: string, others: object][] = [
  ...['limit', 'before', 'after'].flatMap((field): [string, string, object][] => [
    ['get_chat_sessions', field, {}],
    ['get_session_messages', field, { session_id: 'chat-1' }],
  ]),
  ['load_chat_history_only', 'limit', {}],
  ['load_chat_history_only', 'before', {}],
];

describe('the types of fields', () => {
  let server: TestServer;
  let client: LegacyClient;
  let rest: Client;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await LegacyClient.of(server);
    rest = await server.client(client.owner);
    await client.append({ session_id: 'chat-1' });
  });
  afterAll(() => server.stop());

  const stored = () => storedOf(server, client.owner);
  const asJson = (action: string, fields: object) => client.call(action, { ...fields }, { encoding: 'json' });

  it.each(texts)('of %s are checked in JSON: %s must be a string', async (action, field, others) => {
    const before = await stored();
    for (const value of [5, 0, true, false, null]) {
      expect(failure(await asJson(action, { ...others, [field]: value }), 400, 'invalid_parameter')).toBe(
        `Invalid parameter (${field}): it must be a string`,
      );
    }
    for (const value of [[], ['chat-1'], [['x']], {}, { a: 'chat-1' }, { length: 1, 0: 'x' }]) {
      expect(failure(await asJson(action, { ...others, [field]: value }), 400, 'invalid_parameter')).toBe(
        `Invalid parameter (${field}): it must be a single value, not a list, an object or a file`,
      );
    }
    expect(await stored()).toEqual(before);
  });

  it.each(numbers)(
    'of %s are checked in JSON: %s must be a number, also as a string',
    async (action, field, others) => {
      for (const value of [true, null, [], [1], {}, { a: 1 }]) {
        const answer = await asJson(action, { ...others, [field]: value });
        expect(failure(answer, 400, 'invalid_parameter')).toMatch(`Invalid parameter (${field}): it must be a `);
      }
      const [row] = (
        field === 'limit' ? [1] : (await stored())[action.includes('sessions') ? 'sessions' : 'messages']
      ).map((found) => (typeof found === 'number' ? found : found.id));
      for (const value of [row, String(row)]) expectStatus(await asJson(action, { ...others, [field]: value }), 200);
    },
  );

  describe('a session id that is nearly correct', () => {
    const nearly = [
      'Chat-1',
      'CHAT-1',
      'chat-11',
      'chat-',
      'chat_1',
      'chat-%',
      'chat_%',
      '%',
      '_______',
      'chat-1%20',
      'chat-1\\',
      'chat-1/.',
      "chat-1' OR '1'='1",
      "chat-1'-- ",
      'chat-1;',
      'ｃhat-1',
      'chät-1',
      'chat-1\u200b',
      'chat-1😀',
      '<b>chat-1</b>',
      '1',
      'default',
      'chat-1'.repeat(500),
    ];

    const naming = texts.filter(
      ([action, field]) => field === 'session_id' && /switch|delete|update|get|clear/.test(action),
    );

    it.each(nearly)('finds nothing: %j', async (id) => {
      const before = await stored();
      const sample = [itemAt(naming, nearly.indexOf(id) % naming.length)];
      for (const [action, , others] of full(naming, sample)) {
        const answer = await client.call(action, { ...others, session_id: id });
        expect([action, failure(answer, 404, 'session_not_found')]).toEqual([action, 'There is no such session.']);
      }
      const history = await client.call('load_chat_history_only', { session_id: id });
      expect(expectStatus(history, 200)).toEqual({ success: true, chatHistory: [] });
      expect(await stored()).toEqual(before);
    });

    it('names another session if only its case differs', async () => {
      messageId(await client.call('append_message', { session_id: 'CHAT-1', role: 'user', content: 'another' }));
      expect((await client.messages('chat-1')).map(({ content }) => content)).toEqual(['x']);
      expect((await client.messages('CHAT-1')).map(({ content }) => content)).toEqual(['another']);
      expectStatus(await client.call('delete_chat_session', { session_id: 'CHAT-1' }), 200);
      expect((await stored()).sessions.map(({ session_id: id }) => id)).toEqual(['chat-1']);
    });
  });

  describe('of unknown fields', () => {
    const foreign = {
      id: '1',
      userid: '1',
      user_id: '1',
      writeassistdevid: '1',
      researchflowid: '1',
      instance: '1',
      is_active: '0',
      created_at: '1',
      modified_at: '1',
      message_count: '99',
      sequence: '99',
      chat_session_id: 'chat-9',
      history_time: '1',
      debuginfo: 'x',
    };

    it.each(encodings)('do not matter, because they are ignored: %s', async (encoding) => {
      const answer = expectStatus(
        await client.call('create_chat_session', { ...foreign, title: 'A' }, { encoding }),
        200,
      );
      const fields = { ...foreign, session_id: 'chat-1', role: 'user', content: 'y' };
      const id = messageId(await client.call('append_message', fields, { encoding }));
      expectStatus(
        await client.call('update_chat_title', { ...foreign, session_id: 'chat-1', title: 'B' }, { encoding }),
        200,
      );
      expectStatus(await client.call('get_chat_sessions', foreign, { encoding }), 200);
      const { active, sessions, messages } = await stored();
      expect(active).toBe(answer.session_id);
      expect(sessions.map((row) => [row.session_id, row.title, row.message_count])).toEqual([
        ['chat-1', 'B', 2],
        [answer.session_id, 'A', 0],
      ]);
      expect(messages.map((row) => [row.id, row.chat_session_id, row.sequence])).toEqual([
        [messages[0]?.id, 'chat-1', 1],
        [id, 'chat-1', 2],
      ]);
      for (const row of [...sessions, ...messages]) expect(row.created_at).toBeGreaterThan(1_700_000_000_000);
      const rows = [...(await client.sessions()), ...(await client.messages('chat-1'))];
      for (const row of rows) {
        expect([row.writeassistdevid, row.userid]).toEqual([client.owner.activityId, client.owner.userId]);
      }
    });

    it.each(['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', '0'])(
      'do not matter for the name %s either',
      async (name) => {
        for (const encoding of encodings) {
          const fields = Object.fromEntries([[name, 'chat-9']]);
          const answer = await client.call('create_chat_session', fields, { encoding });
          expect((await rest.session(String(expectStatus(answer, 200).session_id))).body.title).toBe('New Chat');
          failure(await client.call('get_session_messages', fields, { encoding }), 400, 'missing_parameter');
          failure(await client.call(name, {}, { encoding }), 400, 'invalid_action');
        }
      },
    );

    it('are checked for __proto__ and constructor, which change no prototype', async () => {
      const inherited = JSON.stringify({ session_id: 'chat-1', title: 'Taken' });
      for (const name of ['__proto__', 'constructor']) {
        const body = `{"action":"update_chat_title","cmid":"1","sesskey":"${client.token}","${name}":${inherited}}`;
        const answer = await client.send(body, { headers: { 'content-type': 'application/json' } });
        expect(failure(answer, 400, 'invalid_parameter')).toContain(`(${name})`);
      }
      expect((await client.sessions()).map(({ title }) => title)).toEqual(['New Chat']);
      expect(Object.keys(Object.prototype)).toEqual([]);
      expect('session_id' in {}).toBe(false);
    });

    it('do not matter in the query, which is ignored', async () => {
      const path = `${firstAddress}?title=Taken&session_id=chat-9&limit=1`;
      const { session_id: id } = expectStatus(await client.call('create_chat_session', {}, { path }), 200);
      expect((await rest.session(String(id))).body.title).toBe('New Chat');
      failure(await client.call('clear_session_messages', {}, { path }), 400, 'missing_parameter');
      expect(expectStatus(await client.call('get_chat_sessions', {}, { path }), 200).sessions).toHaveLength(2);
    });
  });

  describe('cmid', () => {
    it.each(['0', '-1', '1.5', 'abc', '１', '4294967296', '99999999999999999999', '1;2', '1 OR 1=1'])(
      'must not be "%s"',
      async (cmid) => {
        const newcomer = await LegacyClient.of(server);
        for (const encoding of encodings) {
          const answer = await newcomer.call('create_chat_session', { cmid }, { encoding });
          expect(failure(answer, 400, 'invalid_parameter')).toBe(
            'Invalid parameter (cmid): it must be a whole number from 1 to 4294967295',
          );
        }
        expect(await storedOf(server, newcomer.owner)).toEqual(nothing);
      },
    );

    it.each([undefined, ''])('is required: %j', async (cmid) => {
      const before = await stored();
      for (const encoding of encodings) {
        const answer = await client.call('create_chat_session', { cmid }, { encoding });
        expect(failure(answer, 400, 'missing_parameter')).toBe('A required parameter (cmid) was missing');
      }
      expect(await stored()).toEqual(before);
    });

    it.each(['1', '4294967295', '12'])('may be any id if the token has no cmid: %s', async (cmid) => {
      for (const encoding of encodings) expectStatus(await client.call('test', { cmid }, { encoding }), 200);
      for (const value of [Number(cmid)]) expectStatus(await asJson('test', { cmid: value }), 200);
      expect((await client.sessions({ cmid })).map(({ session_id: id }) => id)).toEqual(['chat-1']);
    });

    it.each([false, true])('must be that of the token (token in the header: %s)', async (bearer) => {
      const issuer = server.app.get(TokenIssuer, { strict: false });
      const bound = new LegacyClient(server.url, await issuer.issue(client.owner, 600, 12), client.owner);
      const before = await stored();
      for (const encoding of encodings) {
        const way = { encoding, bearer };
        for (const cmid of ['1', '11', '120', '4294967295']) {
          const answer = await bound.call('create_chat_session', { cmid }, way);
          expect(failure(answer, 403, 'cmid_mismatch')).toBe(`Invalid course module ID: ${cmid}`);
        }
        failure(await bound.call('create_chat_session', { cmid: undefined }, way), 400, 'missing_parameter');
        expectStatus(await bound.call('get_chat_sessions', { cmid: '12' }, way), 200);
      }
      expectStatus(await bound.call('test', { cmid: 12 }, { encoding: 'json', bearer }), 200);
      expect(await stored()).toEqual(before);
    });
  });
});
