import { expectStatus } from '../../support/rest/client.js';
import { numbers, sqlOf } from '../../support/database/access.js';
import { LegacyClient, failure, messageId, type LegacyHistoryItem } from '../../support/legacy/client.js';
import { itemAt } from '../../support/rest/data.js';
import { TestServer, newOwner } from '../../support/http/server.js';

/** A time of whole seconds, some days ago. */
const noon = 1_795_000_000;

const idsOf = (items: LegacyHistoryItem[]) => items.map(({ id }) => id);
const timesOf = (items: LegacyHistoryItem[]) => items.map(({ timestamp }) => timestamp);
const contentsOf = (items: LegacyHistoryItem[]) => items.map(({ content }) => content);

describe('the history', () => {
  let server: TestServer;
  let client: LegacyClient;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await LegacyClient.of(server);
  });
  afterAll(() => server.stop());

  /** Saves messages one after the other, with times a second apart. @returns the ids */
  async function saveMany(count: number, session = (index: number) => `s-${index % 3}`): Promise<number[]> {
    const ids: number[] = [];
    for (const index of numbers(count)) {
      ids.push(
        await client.append({ session_id: session(index), content: `n ${index}`, timestamp: String(noon + index) }),
      );
    }
    return ids;
  }

  it('of an owner without messages is an empty array', async () => {
    expect(expectStatus(await client.call('load_chat_history_only'), 200)).toEqual({ success: true, chatHistory: [] });
  });

  it('has exactly the fields that the pages read', async () => {
    const first = await client.append({ content: 'Grüße 🌍\n', timestamp: String(noon) });
    const second = await client.append({ role: 'assistant', content: '<b>x</b>', timestamp: `${noon}.25` });
    expect(expectStatus(await client.call('load_chat_history_only'), 200)).toEqual({
      success: true,
      chatHistory: [
        { id: second, role: 'assistant', content: '<b>x</b>', timestamp: noon + 0.25 },
        { id: first, role: 'user', content: 'Grüße 🌍\n', timestamp: noon },
      ],
    });
  });

  it('is newest first over all sessions, independent of the order of saving', async () => {
    for (const [session, second] of [
      ['a', 5],
      ['b', 1],
      ['a', 3],
      ['c', 4],
      ['b', 2],
    ] as const) {
      await client.append({ session_id: session, content: `${session}${second}`, timestamp: String(noon + second) });
    }
    expect(contentsOf(await client.history())).toEqual(['a5', 'c4', 'a3', 'b2', 'b1']);
    expect(contentsOf(await client.history({ session_id: 'a' }))).toEqual(['a5', 'a3']);
    expect(contentsOf(await client.history({ session_id: 'b' }))).toEqual(['b2', 'b1']);
  });

  it('has messages of one timestamp in the order of saving, later ones first', async () => {
    const ids: number[] = [];
    for (const index of numbers(6)) {
      ids.push(await client.append({ session_id: `s-${index % 2}`, timestamp: String(noon), content: String(index) }));
    }
    const items = await client.history();
    expect(idsOf(items)).toEqual(ids.toReversed());
    expect(timesOf(items).toReversed()).toEqual(numbers(6).map((index) => (noon * 1000 + index) / 1000));
  });

  it('has only messages of its owner', async () => {
    const id = await client.append({ timestamp: String(noon) });
    const { userId } = client.owner;
    const strangers = [newOwner(), { userId, activityId: 8 }];
    for (const stranger of strangers) {
      const other = await LegacyClient.of(server, stranger);
      expect(await other.history()).toEqual([]);
      expect(await other.history({ session_id: 'default' })).toEqual([]);
      await other.append({ timestamp: String(noon), content: 'theirs' });
      expect(timesOf(await other.history())).toEqual([noon]);
    }
    expect(await client.history()).toEqual([{ id, role: 'user', content: 'x', timestamp: noon }]);
  });

  it('has messages that were saved by REST, and messages without a timestamp', async () => {
    const session = await client.newSession();
    const rest = await server.client(client.owner);
    const saved = expectStatus(
      await rest.save(session, { content: 'by REST', timestamp: '2026-11-01T00:00:00.123Z' }),
      201,
    );
    const before = Date.now();
    const id = messageId(
      await client.call('save_session_message', { session_id: session, role: 'assistant', content: 'by legacy' }),
    );
    const [newest, oldest] = await client.history();
    expect(oldest).toEqual({
      id: Number(saved.id),
      role: 'user',
      content: 'by REST',
      timestamp: Date.parse('2026-11-01T00:00:00.123Z') / 1000,
    });
    expect(newest).toMatchObject({ id, content: 'by legacy' });
    expect(newest?.timestamp).toBeGreaterThanOrEqual(before / 1000);
    expect(newest?.timestamp).toBeLessThanOrEqual(Date.now() / 1000 + 1);
  });

  // The pages then request the history of all sessions.
  it('of a session that is empty or deleted is an empty array', async () => {
    const empty = await client.newSession();
    const deleted = await client.newSession();
    await client.append({ session_id: deleted });
    expectStatus(await client.call('delete_chat_session', { session_id: deleted }), 200);
    for (const session of [empty, deleted]) {
      const answer = await client.call('load_chat_history_only', { session_id: session });
      expect([answer.status, answer.text]).toEqual([200, '{"success":true,"chatHistory":[]}']);
    }
  });

  it.each(['chat-2', 'CHAT-1', 'chat-1 x', 'chat_1', 'chat-%', 'ü', '🌍', 'x'.repeat(1000), "' OR '1'='1"])(
    'of a session that does not exist is an empty array: %s',
    async (session) => {
      await client.append({ session_id: 'chat-1' });
      const answer = await client.call('load_chat_history_only', { session_id: session });
      expect([answer.status, answer.text]).toEqual([200, '{"success":true,"chatHistory":[]}']);
    },
  );

  it.each(['', ' ', undefined])('is that of all sessions if session_id is %j', async (session) => {
    const ids = [await client.append({ session_id: 'chat-1' }), await client.append({ session_id: 'chat-2' })];
    expect(idsOf(await client.history({ session_id: session })).sort((a, b) => a - b)).toEqual(ids);
  });

  describe('with a limit', () => {
    it('has 50 messages by default and at most 200, and has_more', async () => {
      const ids = (await saveMany(205)).reverse();
      for (const [limit, count] of [
        [undefined, 50],
        ['', 50],
        ['1', 1],
        ['50', 50],
        ['200', 200],
        ['201', 200],
        ['100000', 200],
      ] as const) {
        const { chatHistory = [], has_more } = expectStatus(
          await client.call('load_chat_history_only', { limit }),
          200,
        );
        expect([limit, idsOf(chatHistory), has_more]).toEqual([limit, ids.slice(0, count), true]);
      }
      const { timestamp } = itemAt(await client.history({ limit: 200 }), -1);
      const last = expectStatus(await client.call('load_chat_history_only', { before: timestamp }), 200);
      expect(idsOf(last.chatHistory ?? [])).toEqual(ids.slice(200));
      expect(last).not.toHaveProperty('has_more');
    });

    it.each(['0', '-1', 'abc', '1.5', '1e2', '0x10', '１'])('rejects %s', async (limit) => {
      expect(failure(await client.call('load_chat_history_only', { limit }), 400, 'invalid_parameter')).toBe(
        'Invalid parameter (limit): it must be a whole number from 1',
      );
    });
  });

  describe('before a time', () => {
    it('is the same page for seconds, milliseconds and ISO 8601, without the message of that time', async () => {
      const ids = await saveMany(9);
      const middle = itemAt(await client.history(), 4);
      expect(middle.id).toBe(ids[4]);
      const milliseconds = Math.round(middle.timestamp * 1000);
      const iso = new Date(milliseconds).toISOString();
      const expected = ids.slice(0, 4).reverse();
      for (const before of [middle.timestamp, milliseconds, iso, iso.replace('T', ' ').replace('Z', '')]) {
        expect([before, idsOf(await client.history({ before }))]).toEqual([before, expected]);
        const sent = await client.call('load_chat_history_only', { before }, { encoding: 'json' });
        expect([before, idsOf(expectStatus(sent, 200).chatHistory ?? [])]).toEqual([before, expected]);
      }
      const ofSession = await client.history({ before: middle.timestamp, session_id: 's-0' });
      expect(idsOf(ofSession)).toEqual([ids[3], ids[0]]);
    });

    it('distinguishes messages of one timestamp in every format', async () => {
      const ids: number[] = [];
      for (const index of numbers(20)) {
        ids.push(await client.append({ timestamp: String(noon), client_message_id: `m-${index}` }));
      }
      const items = await client.history();
      for (const [index, { timestamp }] of items.entries()) {
        const milliseconds = Math.round(timestamp * 1000);
        for (const before of [timestamp, milliseconds, new Date(timestamp * 1000).toISOString()]) {
          expect(idsOf(await client.history({ before }))).toEqual(ids.toReversed().slice(index + 1));
        }
      }
    });

    it('accepts a time between, before and after all messages', async () => {
      const ids = (await saveMany(4)).reverse();
      for (const [before, from] of [
        [noon + 1.5, 2],
        [noon, 4],
        [0, 4],
        [noon + 86_400 * 365, 0],
        ['9999999999999999', 0],
        ['', 0],
      ] as const) {
        expect([before, idsOf(await client.history({ before }))]).toEqual([before, ids.slice(from)]);
      }
    });

    it.each(['abc', '-1', 'NaN', 'null', '2026-11-22', '1e9'])('rejects %s', async (before) => {
      expect(failure(await client.call('load_chat_history_only', { before }), 400, 'invalid_parameter')).toBe(
        'Invalid parameter (before): it must be a time that this history has answered',
      );
    });
  });

  describe('returns a time', () => {
    it('that no other message of the owner has', async () => {
      const seconds = [0, 0, 0.001, 0, 0.002, 1, 1, 0.999, 0.998, 0.998, 1.001, 5, 0.5];
      for (const [index, more] of seconds.entries()) {
        await client.append({ session_id: `s-${index % 4}`, timestamp: String((noon * 1000 + more * 1000) / 1000) });
      }
      const times = timesOf(await client.history());
      expect(new Set(times).size).toBe(seconds.length);
      expect(times).toEqual(times.toSorted((a, b) => b - a));
      // 0, 0 and 0 move 0.001 and 0.002; the second 0.998 was saved after 0.999 and takes the next free millisecond.
      expect(times.toReversed().map((time) => Math.round((time - noon) * 1000))).toEqual([
        0, 1, 2, 3, 4, 500, 998, 999, 1000, 1001, 1002, 1003, 5000,
      ]);
    });

    it('that is the same on every page, in its session, and after others were deleted', async () => {
      for (const index of numbers(30)) {
        await client.append({ session_id: `s-${index % 3}`, timestamp: String(noon), content: String(index) });
      }
      const all = new Map((await client.history()).map((item) => [item.id, item]));
      expect(all.size).toBe(30);
      const expectKnown = (items: LegacyHistoryItem[], count: number) => {
        expect(items).toHaveLength(count);
        for (const item of items) expect(item).toEqual(all.get(item.id));
      };
      for (const { timestamp } of all.values()) {
        for (const item of await client.history({ before: timestamp, limit: 7 }))
          expect(item).toEqual(all.get(item.id));
      }
      for (const session of ['s-0', 's-1', 's-2']) expectKnown(await client.history({ session_id: session }), 10);
      expectStatus(await client.call('delete_chat_session', { session_id: 's-0' }), 200);
      expectKnown(await client.history(), 20);
      expectStatus(await client.call('clear_session_messages', { session_id: 's-1' }), 200);
      expectKnown(await client.history(), 10);
      await client.append({ session_id: 's-1', timestamp: String(noon) });
      const left = (await client.history()).filter(({ id }) => all.has(id));
      expectKnown(left, 10);
    });

    it('that is after those of the same time in its session, also if one before them was purged', async () => {
      const time = { timestamp: String(noon) };
      await client.append({ session_id: 's-1', content: 'a', ...time });
      const purged = await client.append({ session_id: 's-2', ...time });
      await client.append({ session_id: 's-1', content: 'b', ...time });
      await sqlOf(server).execute('DELETE FROM writeassistdev_chat WHERE id = ?', [purged]);
      const last = await client.append({ session_id: 's-1', content: 'c', ...time });
      expect(itemAt(await client.history(), 0)).toMatchObject({ id: last, timestamp: noon + 0.003 });
    });

    it('that stays the same when a message with a client_message_id is sent again', async () => {
      const named = { timestamp: String(noon), client_message_id: 'send-1' };
      const id = await client.append(named);
      await client.append({ timestamp: String(noon) });
      expect(await client.append(named)).toBe(id);
      expect((await client.history()).map(({ timestamp }) => timestamp)).toEqual([noon + 0.001, noon]);
    });
  });
});
