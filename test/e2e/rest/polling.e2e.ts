import type { MessageDto } from '../../../src/messages/message.dto.js';
import type { MessagePageDto } from '../../../src/messages/message-page.dto.js';
import { numbers } from '../../support/database/access.js';
import { TestServer } from '../../support/http/server.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { isoTime, itemAt, saveAll } from '../../support/rest/data.js';
import { refusal } from '../../support/rest/problems.js';

const day = Date.UTC(2020, 0, 1);

describe('polling for messages', () => {
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

  const read = async (query = '', sessionId = id) => expectStatus(await client.messages(sessionId, query), 200);
  const poll = (afterSequence: number, more = '') => read(`?afterSequence=${afterSequence}${more}`);
  /** Saves messages with these timestamps, in milliseconds after a day in the past. */
  const saveAt = (times: number[]) =>
    saveAll(
      client,
      id,
      times.map((time) => ({ content: `${time}`, timestamp: isoTime(day + time) })),
    );
  const sequencesOf = ({ data }: MessagePageDto) => data.map(({ sequence }) => sequence);

  it('returns messages after a sequence in the order of saving, independent of timestamps', async () => {
    const saved = await saveAt([5, 1, 9, 1, 3]);
    for (const start of numbers(6)) {
      expect(await poll(start)).toEqual({ data: saved.slice(start), nextCursor: null, lastSequence: 5 });
    }
    const [late] = await saveAt([-day]);
    expect(await poll(5)).toEqual({ data: [late], nextCursor: null, lastSequence: 6 });
  });

  it.each([1, 2, 3, 7, 8])('returns pages of %s with the last sequence of each', async (limit) => {
    const saved = await saveAt([5, 1, 9, 1, 3, 7, 0, 2]);
    const pages: MessageDto[][] = [];
    for (let query: string | undefined = 'afterSequence=1'; query !== undefined;) {
      const { data, nextCursor, lastSequence } = await read(`?limit=${limit}&${query}`);
      expect(lastSequence).toBe(itemAt(data, -1).sequence);
      pages.push(data);
      query = nextCursor === null ? undefined : `after=${nextCursor}`;
    }
    expect(pages.map(({ length }) => length)).toEqual(
      numbers(Math.ceil(7 / limit)).map((page) => Math.min(limit, 7 - page * limit)),
    );
    expect(pages.flat()).toEqual(saved.slice(1));
    const bySequence: MessageDto[] = [];
    for (let page = await poll(1, `&limit=${limit}`); page.data.length > 0;) {
      bySequence.push(...page.data);
      page = await poll(page.lastSequence, `&limit=${limit}`);
    }
    expect(bySequence).toEqual(saved.slice(1));
  });

  it('can start from any page of either order, also one that is not full', async () => {
    expect(await read()).toEqual({ data: [], nextCursor: null, lastSequence: 0 });
    await saveAt([5, 1, 9, 1, 3]);
    for (const query of ['', '?limit=1', '?order=desc', '?order=desc&limit=2']) {
      expect((await read(query)).lastSequence).toBe(5);
    }
    const { nextCursor } = await read('?limit=2');
    expect((await read(`?after=${String(nextCursor)}`)).lastSequence).toBe(5);
  });

  it('has the last sequence of its own session', async () => {
    await saveAt([1, 2, 3]);
    const other = await client.newSession();
    await saveAll(client, other, [{ content: 'a' }]);
    expect([(await read()).lastSequence, (await read('', other)).lastSequence]).toEqual([3, 1]);
  });

  it('continues after the session was cleared', async () => {
    await saveAt([1, 2, 3]);
    expectStatus(await client.clear(id), 204);
    expect(await poll(3)).toEqual({ data: [], nextCursor: null, lastSequence: 3 });
    expect(await poll(1)).toEqual({ data: [], nextCursor: null, lastSequence: 1 });
    expect((await read()).lastSequence).toBe(0);
    const [next] = await saveAt([0]);
    for (const start of [0, 1, 3]) expect((await poll(start)).data).toEqual([next]);
    expect((await read()).lastSequence).toBe(4);
  });

  it('goes on with the sequence if the session was deleted and created again', async () => {
    const chosen = 'chat-1';
    await client.newSession({ id: chosen });
    await saveAll(client, chosen, [{ content: 'a' }, { content: 'b' }]);
    expectStatus(await client.deleteSession(chosen), 204);
    refusal(await client.messages(chosen, '?afterSequence=2'), 404, 'session_not_found');
    await client.newSession({ id: chosen });
    await saveAll(client, chosen, [{ content: 'c' }]);
    const { data, lastSequence } = await read('?afterSequence=2', chosen);
    expect([data.map(({ content }) => content), lastSequence]).toEqual([['c'], 3]);
    expect((await read('?afterSequence=999999999999999', chosen)).lastSequence).toBe(3);
  });

  it('returns each message once while others save, also with old timestamps', async () => {
    const others = await Promise.all(numbers(3).map(() => server.client(client.owner)));
    const saved: number[] = [];
    const progress = { isOver: false };
    const saving = Promise.all(
      others.map(async (other, n) => {
        for (const round of numbers(15)) {
          const message = round % 2 === n % 2 ? { timestamp: isoTime(day - round) } : {};
          saved.push(expectStatus(await other.save(id, { content: 'x', ...message }), 201).sequence);
        }
      }),
    ).finally(() => (progress.isOver = true));
    const first = await read('?limit=200');
    expect(first.lastSequence).toBe(Math.max(0, ...sequencesOf(first)));
    const seen = sequencesOf(first);
    for (let last = first.lastSequence, isEnd = false; !isEnd;) {
      isEnd = progress.isOver;
      const page = await poll(last, '&limit=4');
      seen.push(...sequencesOf(page));
      last = page.lastSequence;
      const loaded = await read('?limit=200&order=desc');
      expect(loaded.lastSequence).toBe(Math.max(0, ...sequencesOf(loaded)));
      if (page.nextCursor !== null) isEnd = false;
    }
    await saving;
    expect(seen.toSorted((a, b) => a - b)).toEqual(saved.toSorted((a, b) => a - b));
    expect(seen.slice(first.data.length)).toEqual(seen.slice(first.data.length).toSorted((a, b) => a - b));
  });
});
