import { expectStatus, type Client } from '../../support/rest/client.js';
import { itemAt, idsOf, isoTime, nextMoment, saveAll, walkMessages, walkSessions } from '../../support/rest/data.js';
import { TestServer } from '../../support/http/server.js';

const day = Date.UTC(2020, 0, 1);

describe('paging', () => {
  let server: TestServer;
  let client: Client;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
  });
  afterAll(() => server.stop());

  const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
  const sizes = (pages: unknown[][]) => pages.map(({ length }) => length);

  describe('messages', () => {
    let id: string;

    beforeEach(async () => {
      id = await client.newSession();
    });

    /** Saves `count` messages at once, several of them with equal timestamps. */
    const fill = async (count: number) => {
      const answers = await Promise.all(
        numbers(count).map((n) => client.save(id, { content: `${n}`, timestamp: isoTime(day + (n % 7)) })),
      );
      return answers.map((answer) => expectStatus(answer, 201));
    };
    const all = async (order = 'asc') => expectStatus(await client.messages(id, `?limit=200&order=${order}`), 200).data;

    it('have 50 per page by default, and at most 200', async () => {
      await fill(201);
      expect(sizes(await walkMessages(client, id, 'limit=200'))).toEqual([200, 1]);
      expect(sizes(await walkMessages(client, id, 'order=asc'))).toEqual([50, 50, 50, 50, 1]);
    });

    it.each([1, 2, 3, 7, 12, 13, 14, 200])(
      'are complete and in order in pages of %s, in both directions',
      async (limit) => {
        const saved = await fill(13);
        const forward = (await walkMessages(client, id, `limit=${limit}`)).flat();
        const inOrder = saved.toSorted((a, b) => a.timestamp.localeCompare(b.timestamp) || a.sequence - b.sequence);
        expect(forward).toEqual(inOrder);
        const backward = (await walkMessages(client, id, `limit=${limit}&order=desc`)).flat();
        expect(backward).toEqual(forward.toReversed());
      },
    );

    it.each([1, 4, 6, 12])('end with a full last page of %s, not with an empty one', async (limit) => {
      await fill(12);
      for (const order of ['asc', 'desc']) {
        const pages = await walkMessages(client, id, `limit=${limit}&order=${order}`);
        expect(sizes(pages)).toEqual(Array<number>(12 / limit).fill(limit));
      }
    });

    it('with equal timestamps are listed once each', async () => {
      const timestamp = isoTime(day);
      const saved = await saveAll(
        client,
        id,
        numbers(9).map((n) => ({ content: `${n}`, timestamp })),
      );
      expect((await walkMessages(client, id, 'limit=2')).flat()).toEqual(saved);
      expect((await walkMessages(client, id, 'limit=2&order=desc')).flat()).toEqual(saved.toReversed());
    });

    it('with timestamps from 1970 have cursors', async () => {
      const times = [0, 0, 1, 2].map((time) => ({ content: 'x', timestamp: isoTime(time) }));
      const saved = await saveAll(client, id, times);
      expect((await walkMessages(client, id, 'limit=1')).flat()).toEqual(saved);
    });

    it.each(['asc', 'desc'])('are listed once while others are saved (%s)', async (order) => {
      const before = idsOf(await fill(20));
      const other = await server.client(client.owner);
      let n = 0;
      const pages = await walkMessages(client, id, `limit=3&order=${order}`, async () => {
        // Before, among and after the existing messages; only for some pages, so that the walk ends.
        if (n++ < 6)
          await Promise.all(
            [-1, 3, 9].map((time) => other.save(id, { content: 'new', timestamp: isoTime(day + time) })),
          );
      });
      const seen = idsOf(pages.flat());
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.filter((one) => before.includes(one)).sort()).toEqual(before.toSorted());
      expect(idsOf(await all(order)).filter((one) => seen.includes(one))).toEqual(seen);
    });

    it('without timestamps are listed once, including new ones at the end', async () => {
      await saveAll(
        client,
        id,
        numbers(5).map((n) => ({ content: `${n}` })),
      );
      let n = 5;
      const pages = await walkMessages(client, id, 'limit=2', async () => {
        if (n < 11) await client.save(id, { content: `${n++}` });
      });
      expect(pages.flat().map(({ content }) => content)).toEqual(numbers(n).map(String));
    });

    it.each(['asc', 'desc'])('continue after the message of the cursor was deleted (%s)', async (order) => {
      await fill(4);
      const { nextCursor } = expectStatus(await client.messages(id, `?limit=2&order=${order}`), 200);
      expectStatus(await client.clear(id), 204);
      const [hidden, beyond] = order === 'asc' ? [day - 9, day + 9] : [day + 9, day - 9];
      expectStatus(await client.save(id, { content: 'hidden', timestamp: isoTime(hidden) }), 201);
      const expected = expectStatus(await client.save(id, { content: 'beyond', timestamp: isoTime(beyond) }), 201);
      const rest = expectStatus(await client.messages(id, `?order=${order}&after=${String(nextCursor)}`), 200);
      expect(rest).toEqual({ data: [expected], nextCursor: null, lastSequence: 6 });
    });

    it('can be listed in the other direction from any cursor', async () => {
      const saved = await saveAll(
        client,
        id,
        numbers(5).map((n) => ({ content: `${n}` })),
      );
      const { nextCursor } = expectStatus(await client.messages(id, '?limit=3'), 200);
      const back = expectStatus(await client.messages(id, `?order=desc&after=${String(nextCursor)}`), 200);
      expect(back.data).toEqual([itemAt(saved, 1), itemAt(saved, 0)]);
    });

    it('of an empty session are one empty page, also after a cursor', async () => {
      await fill(2);
      const { data, nextCursor } = expectStatus(await client.messages(id, '?limit=1'), 200);
      expectStatus(await client.clear(id), 204);
      const pages: [string, number][] = [
        ['', 0],
        [`?after=${String(nextCursor)}`, itemAt(data, 0).sequence],
      ];
      for (const [query, lastSequence] of pages) {
        const page = expectStatus(await client.messages(id, query), 200);
        expect(page).toEqual({ data: [], nextCursor: null, lastSequence });
      }
    });
  });

  describe('sessions', () => {
    const make = async (count: number) => {
      for (const n of numbers(count)) await client.newSession({ id: `s${n}`, activate: false });
      return expectStatus(await client.sessions('?limit=200'), 200).data;
    };

    it('have 50 per page by default', async () => {
      await make(51);
      expect(sizes(await walkSessions(client, ''))).toEqual([50, 1]);
    });

    it.each([1, 3, 4, 8, 9])('are complete and in order in pages of %s', async (limit) => {
      const sessions = await make(8);
      const pages = await walkSessions(client, `limit=${limit}`);
      expect(pages.flat()).toEqual(sessions);
      expect(pages).toHaveLength(Math.ceil(8 / limit));
    });

    it('with equal last activity are listed once each, newest first', async () => {
      await make(9);
      await server.dataSource.query(
        'UPDATE writeassistdev_chat_sessions SET last_activity_at = 1600000000000 WHERE userid = ?',
        [client.owner.userId],
      );
      const seen = idsOf((await walkSessions(client, 'limit=2')).flat());
      expect(seen).toEqual(numbers(9).map((n) => `s${8 - n}`));
    });

    it('are listed once while others are created and deleted', async () => {
      const before = idsOf(await make(12));
      await nextMoment();
      let n = 0;
      const gone = ['s4', 's1'];
      const pages = await walkSessions(client, 'limit=2', async () => {
        if (n === 0) expectStatus(await client.deleteSession('s10'), 204);
        const one = gone.pop();
        if (one !== undefined) expectStatus(await client.deleteSession(one), 204);
        if (n++ < 3) await client.newSession();
      });
      const seen = idsOf(pages.flat());
      expect(new Set(seen).size).toBe(seen.length);
      // s10 was the cursor when it was deleted; s1 and s4 had not been reached.
      expect(seen).toEqual(before.filter((id) => !['s4', 's1'].includes(id)));
    });
  });
});
