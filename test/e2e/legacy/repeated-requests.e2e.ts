import { Clock } from '../../../src/common/clock.js';
import { expectStatus } from '../../support/rest/client.js';
import { numbers } from '../../support/database/access.js';
import { killBeforeCommit, loseAnswerOfCommit, restoreRunners } from '../../support/database/faults.js';
import { engine } from '../../support/database/test-database.js';
import { LegacyClient, encodings, failure, messageId, type LegacyOptions } from '../../support/legacy/client.js';
import { storedOf } from '../../support/legacy/stored-rows.js';
import { itemAt } from '../../support/rest/data.js';
import { TestServer } from '../../support/http/server.js';

const saving = ['append_message', 'save_session_message'];
const sentAt = '2026-11-27T19:00:01.500Z';
const message = { session_id: 'chat-1', role: 'user', content: 'How long is the Nile? Straße é', timestamp: sentAt };

describe('a request without a client_message_id that is repeated', () => {
  let server: TestServer;
  let client: LegacyClient;
  let now: () => number;

  beforeAll(async () => {
    server = await TestServer.start();
    const clock = server.app.get(Clock, { strict: false });
    clock.now = () => now();
  });
  beforeEach(async () => {
    now = Date.now;
    client = await LegacyClient.of(server);
  });
  afterEach(restoreRunners);
  afterAll(() => server.stop());

  const stored = () => storedOf(server, client.owner);
  const save = (action: string, changed: object = {}, options?: LegacyOptions) =>
    client.call(action, { ...message, ...changed }, options);

  describe.each(saving)('by %s', (action) => {
    it('gets the first message_id in every encoding, and writes nothing', async () => {
      const id = messageId(await save(action));
      const before = await stored();
      now = () => Date.now() + 1000;
      for (const encoding of encodings) {
        expect(expectStatus(await save(action, {}, { encoding }), 200)).toEqual({ success: true, message_id: id });
      }
      expect(await stored()).toEqual(before);
      expect(before.messages).toHaveLength(1);
    });

    it('leaves no gap in the sequence', async () => {
      for (const content of ['a', 'a', 'b', 'b']) messageId(await save(action, { content }));
      const { messages, sessions } = await stored();
      expect(messages.map(({ content, sequence }) => [content, sequence])).toEqual([
        ['a', 1],
        ['b', 2],
      ]);
      expect(sessions).toMatchObject([{ message_count: 2, last_sequence: 2 }]);
    });

    it.each([
      ['chat', { session_id: 'chat-2' }],
      ['role', { role: 'assistant' }],
      ['timestamp by a millisecond', { timestamp: '2026-11-27T19:00:01.501Z' }],
      ['content by a space', { content: `${message.content} ` }],
      ['content by case', { content: message.content.toUpperCase() }],
      ['content by ß and ss', { content: message.content.replace('ß', 'ss') }],
      ['content by an accent', { content: message.content.replace('é', 'e') }],
      ['content by its normal form', { content: message.content.normalize('NFD') }],
      ['content by a character without weight', { content: `${message.content}\u200b` }],
    ])('with another %s is another message', async (_name, changed) => {
      const first = messageId(await save(action));
      const second = messageId(await save(action, changed));
      expect((await stored()).messages.map(({ id }) => id)).toEqual([first, second]);
      expect(messageId(await save(action))).toBe(first);
      expect(messageId(await save(action, changed))).toBe(second);
    });

    it.each([
      ['no', {}],
      ['an empty', { timestamp: '' }],
      ['an unreadable', { timestamp: 'yesterday' }],
      ['a future', { timestamp: '2999-01-01T00:00:00.000Z' }],
    ])('with %s timestamp is saved as often as it is sent', async (_name, changed) => {
      for (const _ of numbers(3)) messageId(await save(action, { timestamp: undefined, ...changed }));
      expect((await stored()).messages.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    });

    it('sixteen times at once is saved once, also when the chat does not exist yet', async () => {
      for (const round of numbers(2)) {
        const fields = { content: `round ${round}`, timestamp: '1795806001' };
        const calls = numbers(16).map((n) => save(action, fields, { encoding: itemAt(encodings, n % 3) }));
        expect(new Set((await Promise.all(calls)).map(messageId)).size).toBe(1);
      }
      const { active, sessions, messages } = await stored();
      expect(messages.map(({ content, sequence }) => [content, sequence])).toEqual([
        ['round 0', 1],
        ['round 1', 2],
      ]);
      expect(sessions).toMatchObject([{ session_id: 'chat-1', message_count: 2, last_sequence: 2 }]);
      expect(active).toBe('chat-1');
    });

    it('is saved once when the answer of the commit is lost', async () => {
      loseAnswerOfCommit(server.dataSource);
      const id = messageId(await save(action));
      expect((await stored()).messages.map((row) => row.id)).toEqual([id]);
      loseAnswerOfCommit(server.dataSource);
      failure(await save(action, { timestamp: undefined }), 503, 'outcome_unknown');
    });
  });

  it('means the same instant in every format', async () => {
    const id = messageId(await save('append_message'));
    for (const timestamp of ['1795806001.5', '1795806001500', '2026-11-27 19:00:01.500', '2026-11-27T20:00:01.5+01:00'])
      expect([timestamp, messageId(await save('append_message', { timestamp }))]).toEqual([timestamp, id]);
    expect(messageId(await save('save_session_message', { timestamp: 1795806001.5 }, { encoding: 'json' }))).toBe(id);
  });

  it('counts as the same for two minutes', async () => {
    const id = messageId(await save('append_message'));
    const { created_at: createdAt = 0 } = (await stored()).messages[0] ?? {};
    now = () => createdAt + 120_000;
    expect(messageId(await save('append_message'))).toBe(id);
    now = () => createdAt + 120_001;
    const next = messageId(await save('append_message'));
    expect(next).not.toBe(id);
    expect(messageId(await save('append_message'))).toBe(next);
  });

  it('is saved again after the chat was cleared, or deleted and started again', async () => {
    const first = messageId(await save('append_message'));
    expectStatus(await client.call('clear_session_messages', { session_id: 'chat-1' }), 200);
    const second = messageId(await save('append_message'));
    expectStatus(await client.call('delete_chat_session', { session_id: 'chat-1' }), 200);
    const third = messageId(await save('append_message'));
    expect(new Set([first, second, third]).size).toBe(3);
    expect((await stored()).messages.map(({ id }) => id)).toEqual([third]);
  });

  it('of another user, or in another activity, is another message', async () => {
    const { userId, activityId } = client.owner;
    const others = [
      await LegacyClient.of(server),
      await LegacyClient.of(server, { userId, activityId: activityId + 1 }),
      await LegacyClient.of(server, { userId: userId + 500_000, activityId }),
    ];
    const ids = [await client.append(message)];
    for (const other of others) ids.push(await other.append(message));
    expect(new Set(ids).size).toBe(4);
  });

  it('is not the message that has a client_message_id', async () => {
    const ids = [];
    for (const client_message_id of ['m-1', undefined, 'm-2', 'm-1', undefined]) {
      ids.push(messageId(await save('append_message', { client_message_id })));
    }
    expect(ids.slice(3)).toEqual(ids.slice(0, 2));
    expect((await stored()).messages).toHaveLength(3);
  });

  it.each([
    { metadata: { model: 'm' } },
    { format: 'openai', payload: [{ type: 'text', text: message.content }] },
    { status: 'in_progress' },
  ])('is not a message of REST with %j, which pages do not send', async (more) => {
    const rest = await server.client(client.owner);
    await rest.newSession({ id: 'chat-1' });
    const { role, content, timestamp } = message;
    const saved = expectStatus(await rest.save('chat-1', { role, content, timestamp, ...more }), 201);
    const id = await client.append(message);
    expect(String(id)).not.toBe(saved.id);
    expect(await client.append(message)).toBe(id);
  });

  it('is saved as often as it is sent by REST', async () => {
    const rest = await server.client(client.owner);
    const first = await client.append(message);
    const { role, content, timestamp } = message;
    const ids = [];
    for (const _ of numbers(2)) {
      ids.push(Number(expectStatus(await rest.save('chat-1', { role, content, timestamp }), 201).id));
    }
    expect(new Set([first, ...ids]).size).toBe(3);
    expect(await client.append(message)).toBe(first);
  });

  if (engine() === 'mariadb') {
    it('is saved by the next attempt when the connection is killed before the commit', async () => {
      killBeforeCommit(server.dataSource);
      const id = messageId(await save('append_message'));
      expect((await stored()).messages.map((row) => row.id)).toEqual([id]);
    });
  }
});
