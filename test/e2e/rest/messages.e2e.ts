import { expectStatus, type Client } from '../../support/rest/client.js';
import { itemAt, getMessage, idsOf, isoTime, nextMoment, saveAll } from '../../support/rest/data.js';
import { refusal } from '../../support/rest/problems.js';
import { TestServer } from '../../support/http/server.js';

describe('messages', () => {
  let server: TestServer;
  let client: Client;
  let id: string;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
    id = await client.newSession();
  });
  afterAll(() => server.stop());

  const list = async (sessionId = id, query = '') => expectStatus(await client.messages(sessionId, query), 200).data;
  const contents = async (query = '') => (await list(id, query)).map(({ content }) => content);
  const count = async (sessionId = id) => expectStatus(await client.session(sessionId), 200).messageCount;

  describe('saving', () => {
    it('answers 201, the Location, and the message that can be read afterwards', async () => {
      const before = Date.now();
      const answer = await client.save(id, { role: 'assistant', content: 'Hello' });
      const message = expectStatus(answer, 201);
      expect(message).toEqual({
        id: message.id,
        sessionId: id,
        role: 'assistant',
        content: 'Hello',
        timestamp: message.createdAt,
        sequence: 1,
        clientMessageId: null,
        createdAt: message.createdAt,
        ...{ status: 'complete', format: null, payload: null, metadata: null },
      });
      expect(message.id).toMatch(/^[1-9]\d*$/);
      expect(message.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(Date.parse(message.createdAt)).toBeGreaterThanOrEqual(before);
      expect(Date.parse(message.createdAt)).toBeLessThanOrEqual(Date.now());
      expect(answer.headers.get('location')).toBe(`/api/v1/sessions/${id}/messages/${message.id}`);
      expect(expectStatus(await getMessage(client, id, message.id), 200)).toEqual(message);
      expect(await list()).toEqual([message]);
    });

    it.each(['user', 'assistant', 'system'])('accepts the role %s', async (role) => {
      expect(expectStatus(await client.save(id, { role, content: 'x' }), 201).role).toBe(role);
      expect(itemAt(await list(), 0).role).toBe(role);
    });

    it('stores the given timestamp and clientMessageId', async () => {
      const given = { content: 'x', timestamp: '2001-02-03T04:05:06.789+01:00', clientMessageId: '~a{1}!' };
      const message = expectStatus(await client.save(id, given), 201);
      expect(message).toMatchObject({ timestamp: '2001-02-03T03:05:06.789Z', clientMessageId: '~a{1}!' });
      expect(message.createdAt > message.timestamp).toBe(true);
      expect(await list()).toEqual([message]);
    });

    it('saves equal messages without a clientMessageId each time they are sent', async () => {
      for (let time = 0; time < 3; time++) expectStatus(await client.save(id, { content: 'same' }), 201);
      expect(await contents()).toEqual(['same', 'same', 'same']);
    });

    it('gives the sequences 1, 2, 3, ... without a gap to concurrent saves', async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => client.save(id, { content: `${n}` })));
      const saved = answers.map((answer) => expectStatus(answer, 201).sequence).sort((a, b) => a - b);
      expect(saved).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
      expect(await count()).toBe(50);
      const read = await list(id, '?limit=200');
      expect(read.map(({ sequence }) => sequence)).toEqual(saved);
    });

    it.each<[string, () => Promise<string>]>([
      ['missing', () => Promise.resolve('missing')],
      [
        'deleted',
        async () => {
          const gone = await client.newSession();
          expectStatus(await client.deleteSession(gone), 204);
          return gone;
        },
      ],
    ])('to a %s session is 404', async (_, make) => {
      const gone = await make();
      refusal(await client.save(gone, { content: 'x' }), 404, 'session_not_found');
      refusal(await client.save(gone, { content: 'x', clientMessageId: 'n' }), 404, 'session_not_found');
      expectStatus(await client.save(id, { content: 'x', clientMessageId: 'n' }), 201);
    });
  });

  describe('the order', () => {
    const day = Date.UTC(2020, 0, 1);

    it('is that of the timestamps, then of saving; newest first the other way round', async () => {
      const times = [day + 2, day, day + 1, day, day + 2, day + 1];
      await saveAll(
        client,
        id,
        times.map((time, n) => ({ content: `${n}`, timestamp: isoTime(time) })),
      );
      expect(await contents()).toEqual(['1', '3', '2', '5', '0', '4']);
      expect(await contents('?order=asc')).toEqual(['1', '3', '2', '5', '0', '4']);
      expect(await contents('?order=desc')).toEqual(['4', '0', '5', '2', '3', '1']);
    });

    it('compares instants, whatever zone they are told in', async () => {
      await saveAll(client, id, [
        { content: 'second', timestamp: '2020-01-01T23:30:00-05:00' },
        { content: 'first', timestamp: '2020-01-02T09:45:00+05:45' },
      ]);
      expect(await contents()).toEqual(['first', 'second']);
    });

    it('without timestamps is that of saving', async () => {
      const sent = Array.from({ length: 12 }, (_, n) => ({ content: `${n}` }));
      const saved = await saveAll(client, id, sent);
      expect(await list()).toEqual(saved);
      expect(await list(id, '?order=desc')).toEqual(saved.toReversed());
    });
  });

  describe('one message', () => {
    it('is not found in another session of the same owner, which exists', async () => {
      const { id: messageId } = expectStatus(await client.save(id, { content: 'x' }), 201);
      const other = await client.newSession();
      refusal(await getMessage(client, other, messageId), 404, 'message_not_found');
    });

    it.each(['999999999', '0', '-1', '01', '1.0', '1e0', ' 1', '1%20', 'x', '99999999999999999999', '%00'])(
      'with the id "%s" is not found',
      async (messageId) => {
        expectStatus(await client.save(id, { content: 'x' }), 201);
        refusal(await getMessage(client, id, messageId), 404, 'message_not_found');
        refusal(await getMessage(client, 'missing', messageId), 404, 'session_not_found');
      },
    );
  });

  describe('clearing', () => {
    it('empties the session, whose sequences continue', async () => {
      const saved = await saveAll(client, id, [{ content: 'a' }, { content: 'b' }]);
      await nextMoment();
      const answer = await client.clear(id);
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect(expectStatus(await client.messages(id), 200)).toEqual({ data: [], nextCursor: null, lastSequence: 0 });
      expect(expectStatus(await client.session(id), 200)).toMatchObject({ messageCount: 0, isActive: true });
      refusal(await getMessage(client, id, itemAt(saved, 0).id), 404, 'message_not_found');
      const next = expectStatus(await client.save(id, { content: 'c' }), 201);
      expect(next.sequence).toBe(3);
      expect(idsOf(saved)).not.toContain(next.id);
      expectStatus(await client.clear(id), 204);
      expectStatus(await client.clear(id), 204);
      expect(expectStatus(await client.save(id, { content: 'd' }), 201).sequence).toBe(4);
      expect(await count()).toBe(1);
    });

    it('does not change other sessions', async () => {
      const other = await client.newSession();
      expectStatus(await client.save(other, { content: 'stays' }), 201);
      expectStatus(await client.save(id, { content: 'goes' }), 201);
      expectStatus(await client.clear(id), 204);
      expect(await list(other)).toHaveLength(1);
      expect(await count(other)).toBe(1);
    });

    it('of a missing session is 404', async () => {
      refusal(await client.clear('missing'), 404, 'session_not_found');
      refusal(await client.messages('missing'), 404, 'session_not_found');
    });
  });

  describe('saving to the active session', () => {
    it('saves to the session that is active at the time', async () => {
      const other = await client.newSession();
      const answer = await client.saveToActive({ content: 'to the other' });
      const message = expectStatus(answer, 201);
      expect(message).toMatchObject({ sessionId: other, role: 'user', content: 'to the other', sequence: 1 });
      expect(answer.headers.get('location')).toBe(`/api/v1/sessions/${other}/messages/${message.id}`);
      expectStatus(await client.activate(id), 200);
      expect(expectStatus(await client.saveToActive({ content: 'to the first' }), 201).sessionId).toBe(id);
      expect([await count(id), await count(other)]).toEqual([1, 1]);
    });

    it.each<[string, () => Promise<Client>]>([
      ['a new owner', () => server.client()],
      [
        'an owner whose active session was deleted',
        async () => {
          expectStatus(await client.deleteSession(id), 204);
          return client;
        },
      ],
      [
        'an owner without an active session',
        async () => {
          const newcomer = await server.client();
          await newcomer.newSession({ activate: false });
          return newcomer;
        },
      ],
    ])('creates and activates a session titled New Chat for %s', async (_, make) => {
      const newcomer = await make();
      const known = idsOf(expectStatus(await newcomer.sessions(), 200).data);
      const { sessionId } = expectStatus(await newcomer.saveToActive({ content: 'x' }), 201);
      expect(known).not.toContain(sessionId);
      const session = expectStatus(await newcomer.active(), 200);
      expect(session).toMatchObject({ id: sessionId, title: 'New Chat', isActive: true, messageCount: 1 });
      expect(expectStatus(await newcomer.saveToActive({ content: 'y' }), 201).sessionId).toBe(sessionId);
      expect(expectStatus(await newcomer.sessions(), 200).data).toHaveLength(known.length + 1);
    });

    it('creates one session for many first messages at once', async () => {
      const newcomer = await server.client();
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, n) => newcomer.saveToActive({ content: `${n}` })),
      );
      expect(new Set(answers.map((answer) => expectStatus(answer, 201).sessionId)).size).toBe(1);
      expect(expectStatus(await newcomer.sessions(), 200).data).toHaveLength(1);
    });

    it('creates no session when the message is rejected', async () => {
      const newcomer = await server.client();
      refusal(await newcomer.saveToActive({ content: '' }), 422, 'validation_failed');
      expect(expectStatus(await newcomer.sessions(), 200).data).toEqual([]);
    });
  });
});
