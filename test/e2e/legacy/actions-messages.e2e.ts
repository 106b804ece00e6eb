import { count, sqlOf } from '../../support/database/access.js';
import { expectStatus } from '../../support/rest/client.js';
import { LegacyClient, failure, messageId } from '../../support/legacy/client.js';
import { storedOf } from '../../support/legacy/stored-rows.js';
import { itemAt } from '../../support/rest/data.js';
import { TestServer } from '../../support/http/server.js';

const mebibyte = 1024 * 1024;
const base = 1_700_000_000_000;

describe('the messages of a session', () => {
  let server: TestServer;
  let client: LegacyClient;
  let id: string;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await LegacyClient.of(server);
    id = await client.newSession();
  });
  afterAll(() => server.stop());

  const page = async (fields: object) => {
    const answer = await client.call('get_session_messages', { session_id: id, ...fields });
    const { messages = [], has_more: more, ...rest } = expectStatus(answer, 200);
    expect([rest, more ?? true]).toEqual([{ success: true }, true]);
    return { ids: messages.map((message) => message.id), more: more === true };
  };
  const walk = async (side: 'before' | 'after', limit?: number, start?: number) => {
    const pages: number[][] = [];
    for (let edge = start; ;) {
      const { ids, more } = await page({ limit, [side]: edge });
      pages.push(ids);
      if (!more) return pages;
      if (pages.length > 100) throw new Error('the list does not end');
      edge = itemAt(ids, side === 'before' ? 0 : -1);
    }
  };
  /** Row ids in the order of timestamps, then of saving; and in the order of saving. */
  const inOrder = async () => {
    const { messages } = await storedOf(server, client.owner);
    const saved = messages.toSorted((a, b) => a.sequence - b.sequence);
    const byTime = saved.toSorted((a, b) => a.timestamp - b.timestamp);
    return { all: byTime.map((row) => row.id), saved: saved.map((row) => row.id) };
  };
  /** Inserts messages with SQL: `rows` selects sequence, content, timestamp and position in the history. */
  const insert = async (rows: string) => {
    const sql = sqlOf(server);
    const owner = [client.owner.activityId, client.owner.userId];
    await sql.execute(
      `INSERT INTO writeassistdev_chat
         (writeassistdevid, userid, chat_session_id, role, created_at, sequence, content, timestamp, history_time)
       WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 49)
       SELECT ?, ?, ?, 'user', ${base}, ${rows}`,
      [...owner, id],
    );
    const length = await count(sql, 'writeassistdev_chat', 'writeassistdevid = ? AND userid = ?', owner);
    await sql.execute(
      'UPDATE writeassistdev_chat_sessions SET last_sequence = ?, message_count = ? WHERE session_id = ?',
      [length, length, id],
    );
  };
  /** Inserts 2500 messages, several with the same timestamp, not in the order of saving. */
  const insertMany = () => {
    const number = '(a.i * 50 + b.i)';
    return insert(
      `${number} + 1, CAST(${number} AS CHAR), ${base} + (${number} * 7919) % 600, ${base} + ${number}
       FROM n a CROSS JOIN n b`,
    );
  };

  describe('of a long chat', () => {
    let long: [LegacyClient, string];
    let all: number[];
    let saved: number[];

    beforeAll(async () => {
      client = await LegacyClient.of(server);
      id = await client.newSession();
      long = [client, id];
      await insertMany();
      ({ all, saved } = await inOrder());
      expect(all).toHaveLength(2500);
      expect(all).not.toEqual(saved);
    });
    beforeEach(() => {
      [client, id] = long;
    });

    it('are the newest 1000 without a limit, and with a larger one', async () => {
      const newest = { ids: all.slice(-1000), more: true };
      expect(await page({})).toEqual(newest);
      expect(await page({ limit: 1001 })).toEqual(newest);
      expect(await page({ limit: '' })).toEqual(newest);
      expect(await page({ limit: 3 })).toEqual({ ids: all.slice(-3), more: true });
    });

    it.each([undefined, 1000, 625, 97])('can all be read from the newest on, %s per page', async (limit) => {
      const pages = await walk('before', limit);
      expect(pages.toReversed().flat()).toEqual(all);
      expect(pages).toHaveLength(Math.ceil(2500 / (limit ?? 1000)));
    });

    it.each([undefined, 833, 97])('can all be read from the first saved one on, %s per page', async (limit) => {
      const pages = await walk('after', limit, saved[0]);
      expect(pages.flat()).toEqual(saved.slice(1));
      expect(pages).toHaveLength(Math.ceil(2499 / (limit ?? 1000)));
    });

    it('are those before the given message, or those saved after it', async () => {
      expect(await page({ before: all[1200], limit: 2 })).toEqual({ ids: all.slice(1198, 1200), more: true });
      expect(await page({ after: saved[1200], limit: 2 })).toEqual({ ids: saved.slice(1201, 1203), more: true });
      expect(await page({ before: all[2], limit: 2 })).toEqual({ ids: all.slice(0, 2), more: false });
      expect(await page({ after: saved.at(-3), limit: 2 })).toEqual({ ids: saved.slice(-2), more: false });
      expect(await page({ before: all[0] })).toEqual({ ids: [], more: false });
      expect(await page({ after: saved.at(-1) })).toEqual({ ids: [], more: false });
    });
  });

  describe('with many large ones', () => {
    it('end when their contents pass 8 MiB, from either end', async () => {
      // Half of the characters have two bytes: the limit counts bytes.
      const large = 'xé'.repeat(Math.floor(mebibyte / 3)) + 'x';
      const ids: number[] = [];
      const fields = { session_id: id, role: 'user', content: large };
      for (let n = 0; n < 12; n++) {
        ids.push(messageId(await client.call('append_message', fields, { encoding: 'json' })));
      }
      expect(Buffer.byteLength(large)).toBe(mebibyte);
      expect(await page({})).toEqual({ ids: ids.slice(4), more: true });
      expect(await page({ before: ids[4] })).toEqual({ ids: ids.slice(0, 4), more: false });
      expect(await page({ after: ids[0] })).toEqual({ ids: ids.slice(1, 9), more: true });
      expect(await page({ after: ids[8] })).toEqual({ ids: ids.slice(9), more: false });
      expect((await client.messages(id, { limit: 1 })).map(({ content }) => content === large)).toEqual([true]);
    });
  });

  describe('before or after a message', () => {
    it('are all that were saved after it, independent of timestamps', async () => {
      const first = await client.append({ session_id: id, timestamp: base });
      const times = [base + 9000, base - 9000, undefined, base - 1, base];
      const ids: number[] = [];
      for (const [n, timestamp] of times.entries()) {
        ids.push(await client.append({ session_id: id, timestamp, content: `n ${n}` }));
      }
      expect(await page({ after: first })).toEqual({ ids, more: false });
      expect((await walk('after', 2, first)).map((part) => part.length)).toEqual([2, 2, 1]);
      expect((await walk('after', 2, first)).flat()).toEqual(ids);
    });

    it('are rejected if both are given', async () => {
      const row = await client.append({ session_id: id });
      const answer = await client.call('get_session_messages', { session_id: id, before: row, after: row });
      expect(failure(answer, 400, 'invalid_parameter')).toBe(
        'Invalid parameter (after): it must not come together with before',
      );
    });

    it.each(['before', 'after'])('are 404 if that is deleted, unknown or of another session: %s', async (side) => {
      const gone = await client.append({ session_id: id });
      expectStatus(await client.call('clear_session_messages', { session_id: id }), 200);
      const ofOtherSession = await client.append({ session_id: 'chat-1' });
      const foreign = await (await LegacyClient.of(server)).append({ session_id: 'chat-1' });
      await client.append({ session_id: id });
      const texts = new Set<string>();
      for (const edge of [gone, ofOtherSession, foreign, 999_999_999, 999_999_999_999_999, '9'.repeat(30)]) {
        const answer = await client.call('get_session_messages', { session_id: id, [side]: edge });
        expect(failure(answer, 404, 'message_not_found')).toBe('There is no such message.');
        texts.add(answer.text);
      }
      expect(texts.size).toBe(1);
    });

    it('are 404 session_not_found if the session is missing', async () => {
      const row = await client.append({ session_id: id });
      const answer = await client.call('get_session_messages', { session_id: 'missing', before: row });
      failure(answer, 404, 'session_not_found');
    });
  });

  it.each(['get_session_messages', 'get_chat_sessions', 'load_chat_history_only'])(
    'the limit of %s must be a whole number from 1',
    async (action) => {
      const fields = action === 'get_session_messages' ? { session_id: id } : {};
      const wrong = ['0', '-1', '1.5', 'x', '1e2', '01', '+1', '１', '0x1', '1,000', '1; DROP TABLE user'];
      for (const limit of wrong) {
        const answer = await client.call(action, { ...fields, limit });
        expect([limit, failure(answer, 400, 'invalid_parameter')]).toEqual([
          limit,
          'Invalid parameter (limit): it must be a whole number from 1',
        ]);
      }
      for (const limit of [0, -1, 1.5, 1e21]) {
        failure(await client.call(action, { ...fields, limit }, { encoding: 'json' }), 400, 'invalid_parameter');
      }
      for (const limit of ['1', ' 7 ', '1000000', '9'.repeat(30), '', 1])
        expectStatus(await client.call(action, { ...fields, limit }), 200);
    },
  );

  it.each(['before', 'after'])('%s must be a whole number from 1', async (side) => {
    await client.append({ session_id: id });
    for (const edge of ['0', '-1', '1.5', 'x', '1e2', '01', '1 OR 1=1', '１']) {
      for (const action of ['get_session_messages', 'get_chat_sessions']) {
        const answer = await client.call(action, { session_id: id, [side]: edge });
        expect(failure(answer, 400, 'invalid_parameter')).toBe(
          `Invalid parameter (${side}): it must be a whole number from 1`,
        );
      }
    }
    expect((await page({ [side]: '' })).ids).toHaveLength(1);
  });
});
