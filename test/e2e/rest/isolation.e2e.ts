import { MessageListRepository } from '../../../src/messages/message-list.repository.js';
import { expectStatus, type Answer, type Client } from '../../support/rest/client.js';
import { itemAt, idsOf, saveAll } from '../../support/rest/data.js';
import { comparableAnswer, refusal } from '../../support/rest/problems.js';
import { TestServer, newOwner, otherOwners } from '../../support/http/server.js';

interface Call {
  method: string;
  /** With `{sessionId}` and `{messageId}` as placeholders. */
  route: string;
  body?: object;
}

/** Every route with an id in its path; a test compares them with the OpenAPI document. */
const calls: Call[] = [
  { method: 'GET', route: '/api/v1/sessions/{sessionId}' },
  { method: 'PATCH', route: '/api/v1/sessions/{sessionId}', body: { title: 'Stolen' } },
  { method: 'DELETE', route: '/api/v1/sessions/{sessionId}' },
  { method: 'POST', route: '/api/v1/sessions/{sessionId}/activate' },
  { method: 'POST', route: '/api/v1/sessions/{sessionId}/restore' },
  { method: 'GET', route: '/api/v1/sessions/{sessionId}/messages' },
  { method: 'POST', route: '/api/v1/sessions/{sessionId}/messages', body: { role: 'user', content: 'x' } },
  { method: 'DELETE', route: '/api/v1/sessions/{sessionId}/messages' },
  { method: 'POST', route: '/api/v1/sessions/{sessionId}/messages/restore' },
  {
    method: 'POST',
    route: '/api/v1/sessions/{sessionId}/messages/batch',
    body: { messages: [{ role: 'user', content: 'x' }] },
  },
  {
    method: 'PATCH',
    route: '/api/v1/sessions/{sessionId}/messages/{messageId}',
    body: { lease: '0'.repeat(32), offset: 0, append: 'x' },
  },
  { method: 'DELETE', route: '/api/v1/sessions/{sessionId}/messages/{messageId}' },
  { method: 'POST', route: '/api/v1/sessions/{sessionId}/messages/{messageId}/restore' },
  { method: 'PUT', route: '/api/v1/sessions/{sessionId}/messages/{messageId}', body: { content: 'x' } },
  { method: 'GET', route: '/api/v1/sessions/{sessionId}/messages/{messageId}' },
];
const named = calls.map((call): [string, Call] => [`${call.method} ${call.route}`, call]);

describe("an owner's data", () => {
  let server: TestServer;
  let owner: Client;
  let session: string;
  let message: string;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    owner = await server.client(newOwner());
    session = await owner.newSession({ title: 'Private' });
    const saved = await saveAll(owner, session, [{ content: 'secret one' }, { content: 'two', clientMessageId: 'n' }]);
    message = itemAt(saved, 0).id;
  });
  afterAll(() => server.stop());

  const send = (client: Client, { method, route, body }: Call, sessionId: string, messageId: string) =>
    client.call(method, route.replace('{sessionId}', sessionId).replace('{messageId}', messageId), body);
  const everything = async (client: Client) => {
    const answers = [await client.sessions(), await client.active(), await client.messages(session)];
    return answers.map(({ text }) => text);
  };

  it('is addressed by these routes, and no others', async () => {
    const { paths } = expectStatus(await owner.call<{ paths: Record<string, object> }>('GET', '/openapi.json'), 200);
    const described = Object.entries(paths)
      .filter(([path]) => path.includes('{'))
      .flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`));
    expect(described.sort()).toEqual(named.map(([name]) => name).sort());
  });

  describe.each(otherOwners)('is to %s', (_, other) => {
    let stranger: Client;

    beforeEach(async () => {
      stranger = await server.client(other(owner.owner));
    });

    it.each(named)('is answered like a session that does not exist: %s', async (_name, call) => {
      const before = await everything(owner);
      // First a new owner, then one with a session.
      const own = `own-${stranger.owner.userId}-${stranger.owner.activityId}`;
      for (const hasSession of [false, true]) {
        if (hasSession) await stranger.newSession({ id: own });
        const theirs = await send(stranger, call, session, message);
        const missing = await send(stranger, call, 'missing', '999999999');
        refusal(theirs, 404, 'session_not_found');
        expect(comparableAnswer(theirs)).toBe(comparableAnswer(missing));
      }
      expect(await everything(owner)).toEqual(before);
      expect(expectStatus(await stranger.active(), 200).id).toBe(own);
    });

    it('like a missing message, when only the message is of the owner', async () => {
      const own = await stranger.newSession();
      const theirs = await send(stranger, itemAt(calls, -1), own, message);
      const missing = await send(stranger, itemAt(calls, -1), own, '999999999');
      refusal(theirs, 404, 'message_not_found');
      expect(comparableAnswer(theirs)).toBe(comparableAnswer(missing));
    });

    it('not by the ids of messages', async () => {
      const lists = server.app.get(MessageListRepository, { strict: false });
      const found = async (client: Client) => (await lists.findByIds(client.owner, [Number(message)], 1)).messages;
      expect([(await found(owner)).length, (await found(stranger)).length]).toEqual([1, 0]);
    });

    it('not in any list', async () => {
      expect(expectStatus(await stranger.sessions(), 200)).toEqual({ data: [], nextCursor: null });
      refusal(await stranger.active(), 404, 'no_active_session');
      const own = await stranger.newSession();
      expectStatus(await stranger.save(own, { content: 'own' }), 201);
      expect(idsOf(expectStatus(await stranger.sessions('?limit=200'), 200).data)).toEqual([own]);
      expect(expectStatus(await stranger.messages(own), 200).data.map(({ content }) => content)).toEqual(['own']);
      expect(idsOf(expectStatus(await owner.sessions('?limit=200'), 200).data)).toEqual([session]);
    });

    it('not reachable by its session id, which names another session there', async () => {
      const before = await everything(owner);
      expectStatus(await stranger.createSession({ id: session, title: 'Own' }), 201);
      expect(expectStatus(await stranger.messages(session), 200).data).toEqual([]);
      expectStatus(await stranger.save(session, { content: 'own', clientMessageId: 'n' }), 201);
      const tree = expectStatus(await stranger.messages(session, '?tree=true'), 200).data;
      expect(tree).toMatchObject([{ content: 'own', parentId: null }]);
      expectStatus(await stranger.rename(session, 'Renamed'), 200);
      refusal(await send(stranger, itemAt(calls, -1), session, message), 404, 'message_not_found');
      expectStatus(await stranger.clear(session), 204);
      expectStatus(await stranger.deleteSession(session), 204);
      expect(await everything(owner)).toEqual(before);
    });

    it('not changed by an edit in a session with the same id, nor by one in another session', async () => {
      const edit = async (client: Client, sessionId: string) => {
        const { id } = itemAt(await saveAll(client, sessionId, [{ content: 'a' }]), 0);
        const path = `/api/v1/sessions/${sessionId}/messages/${id}`;
        expectStatus(await client.call('PUT', path, { content: 'b' }), 201);
      };
      await stranger.newSession({ id: session });
      const second = await owner.newSession();
      const before = await everything(owner);
      await edit(stranger, session);
      expect(await everything(owner)).toEqual(before);
      const { text } = await owner.session(session);
      await edit(owner, second);
      expect((await owner.session(session)).text).toBe(text);
    });

    it('not reachable by its cursors', async () => {
      await owner.newSession();
      const cursorOf = ({ nextCursor }: { nextCursor: string | null }) => String(nextCursor);
      const sessions = cursorOf(expectStatus(await owner.sessions('?limit=1'), 200));
      const messages = cursorOf(expectStatus(await owner.messages(session, '?limit=1'), 200));
      const own = await stranger.newSession();
      await saveAll(stranger, own, [{ content: 'a' }, { content: 'b' }]);
      const seen: Answer<unknown>[] = [
        await stranger.sessions(`?after=${sessions}`),
        await stranger.messages(own, `?after=${messages}`),
        await stranger.messages(own, `?order=desc&after=${messages}`),
      ];
      for (const answer of seen) {
        expect(answer.status).toBe(200);
        expect(answer.text).not.toMatch(/Private|secret|two/);
        expect(answer.text).not.toContain(session);
      }
      refusal(await stranger.messages(session, `?after=${messages}`), 404, 'session_not_found');
    });
  });

  it('is the same for every client of this owner', async () => {
    const second = await server.client(owner.owner);
    expect(await everything(second)).toEqual(await everything(owner));
    expectStatus(await second.save(session, { content: 'from there' }), 201);
    expect(expectStatus(await owner.session(session), 200).messageCount).toBe(3);
  });

  it('cannot be named besides the token: fields and parameters are rejected, headers ignored', async () => {
    const stranger = await server.client();
    const { userId, activityId } = owner.owner;
    refusal(await stranger.sessions(`?userid=${userId}`), 422, 'validation_failed');
    refusal(await stranger.createSession({ userid: userId, writeassistdevid: activityId }), 422, 'validation_failed');
    const headers = { 'x-user-id': String(userId), cookie: `userid=${userId}`, 'x-forwarded-user': String(userId) };
    const answer = await stranger.call<{ data: object[] }>('GET', '/api/v1/sessions', undefined, { headers });
    expect(expectStatus(answer, 200).data).toEqual([]);
  });
});
