import { setTimeout as sleep } from 'node:timers/promises';
import { numbers, settleAll } from '../../support/database/access.js';
import { LegacyClient, type LegacyHistoryItem } from '../../support/legacy/client.js';
import { itemAt } from '../../support/rest/data.js';
import { TestServer } from '../../support/http/server.js';
import { isFull } from '../../support/run/full.js';

/** A time of whole seconds, some days ago. */
const noon = 1_795_000_000;
const sessions = ['chat-1', 'chat-2', 'default'];
/** The number of messages with one timestamp: more than two pages of every version. */
const alike = isFull ? 300 : 120;
/** The number of questions, each with an answer. */
const questions = isFull ? 130 : 60;

const idsOf = (items: { id: number }[]) => items.map(({ id }) => id);
const sorted = (ids: number[]) => ids.toSorted((a, b) => a - b);

/** A message as a page of the plugin keeps it. */
interface Shown {
  id: number;
  content: string;
  /** In the unit of the page: seconds or milliseconds. */
  time: number;
}

/** Loads older messages. @returns the messages that the page adds, oldest first */
type Look = (oldest: Shown | undefined) => Promise<Shown[]>;

/** V1 and V2: pages of 20; times are compared and sent back as the received numbers. */
function versionOne(client: LegacyClient): Look {
  return async (oldest) => {
    const before = oldest?.time;
    const items = (await client.history({ limit: 20, before })).map(({ timestamp, ...item }) => {
      return { ...item, time: timestamp };
    });
    const kept = before === undefined ? items : items.filter(({ time }) => time < before);
    return kept.slice(-20).sort((a, b) => a.time - b.time);
  };
}

/** V3 to V5, and V6 for one session: pages of 50; times become instants and are sent back as ISO 8601. */
function versionThree(client: LegacyClient, session?: string): Look {
  return async (oldest) => {
    const before = oldest && new Date(oldest.time).toISOString();
    const items = (await client.history({ limit: 50, before, session_id: session })).map(({ timestamp, ...item }) => {
      const iso = new Date(timestamp < 1e10 ? timestamp * 1000 : timestamp).toISOString();
      return { ...item, time: new Date(iso).getTime() };
    });
    const kept = before === undefined ? items : items.filter(({ time }) => time < new Date(before).getTime());
    return kept.slice(0, 50).sort((a, b) => a.time - b.time);
  };
}

const versions: [string, (client: LegacyClient) => Look][] = [
  ['V1', versionOne],
  ['V3', versionThree],
];

/** Loads older messages until there are none. @returns all messages, oldest first */
async function scrollToTheTop(look: Look): Promise<Shown[]> {
  let shown = await look(undefined);
  for (let rounds = 0; rounds < 100; rounds++) {
    const older = await look(shown[0]);
    if (older.length === 0) return shown;
    shown = [...older, ...shown];
  }
  throw new Error('the history does not end');
}

describe('older pages of the history', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());

  /** Reads all pages, each before the smallest time so far; runs `between` after each page. */
  async function walk(
    client: LegacyClient,
    fields: Record<string, unknown>,
    between: (page: number) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<LegacyHistoryItem[]> {
    const held: LegacyHistoryItem[] = [];
    for (let page = 0; page < 400; page++) {
      const before = held.length === 0 ? undefined : Math.min(...held.map(({ timestamp }) => timestamp));
      const items = await client.history({ ...fields, before });
      if (items.length === 0) return held;
      held.push(...items);
      await between(page);
    }
    throw new Error('the history does not end');
  }

  describe(`of ${alike} messages of one timestamp in 3 sessions`, () => {
    let client: LegacyClient;
    let ids: number[];

    beforeAll(async () => {
      client = await LegacyClient.of(server);
      ids = [];
      for (const index of numbers(alike)) {
        const fields = { session_id: sessions[index % 3], content: 'again', timestamp: String(noon) };
        // Without an id the same content at the same time would be a repeated request.
        ids.push(await client.append({ ...fields, client_message_id: `m-${index}` }));
      }
    });

    it.each([1, 7, 50, 200])('by %i have each message once, later saved first', async (limit) => {
      expect(idsOf(await walk(client, { limit }))).toEqual(ids.toReversed());
    });

    it.each([3, 50])('by %i have each message of one session once', async (limit) => {
      for (const [index, session] of sessions.entries()) {
        const expected = ids.filter((_, number) => number % 3 === index).reverse();
        expect(idsOf(await walk(client, { limit, session_id: session }))).toEqual(expected);
      }
    });

    it.each(versions)('are all loaded by %s, and all look different to it', async (_version, look) => {
      const shown = await scrollToTheTop(look(client));
      expect(idsOf(shown)).toEqual(ids);
      // The pages identify a message by its role, time and content.
      expect(new Set(shown.map(({ time, content }) => `user|${time}|${content}`)).size).toBe(ids.length);
    });

    it('are all loaded by V6 in each session', async () => {
      for (const [index, session] of sessions.entries()) {
        const expected = ids.filter((_, number) => number % 3 === index);
        expect(idsOf(await scrollToTheTop(versionThree(client, session)))).toEqual(expected);
      }
    });
  });

  it('have each earlier message once while others save before, among and after them', async () => {
    const client = await LegacyClient.of(server);
    const ids: number[] = [];
    for (const index of numbers(90)) {
      const timestamp = String(noon + Math.floor(index / 6));
      ids.push(await client.append({ session_id: sessions[index % 3], timestamp, content: `n ${index}` }));
    }
    let walking = true;
    const write = async (writer: number) => {
      for (let round = 0; walking; round++) {
        const timestamp = String(noon - 5 + ((writer * 7 + round * 3) % 25));
        await client.append({ session_id: sessions[round % 3], timestamp, content: `in between ${writer} ${round}` });
      }
    };
    const writers = numbers(3).map(write);
    const walked = walk(client, { limit: 4 }, () => sleep(5)).finally(() => (walking = false));
    await settleAll([walked, ...writers]);
    const held = await walked;
    expect(new Set(idsOf(held)).size).toBe(held.length);
    expect(idsOf(held).filter((id) => ids.includes(id))).toEqual(ids.toReversed());
    expect(held.length).toBeGreaterThan(ids.length);
    expect(new Set(held.map(({ timestamp }) => timestamp)).size).toBe(held.length);
  });

  it('continue after a message that was deleted', async () => {
    const client = await LegacyClient.of(server);
    const ids: number[] = [];
    for (const index of numbers(30)) {
      const fields = { session_id: sessions[index % 3], timestamp: String(noon) };
      ids.push(await client.append({ ...fields, content: `n ${index}` }));
    }
    const first = await client.history({ limit: 11 });
    const last = itemAt(first, -1);
    expect(last.id).toBe(ids[19]);
    await client.call('delete_chat_session', { session_id: sessions[19 % 3] });
    const left = ids.slice(0, 19).filter((_, index) => index % 3 !== 19 % 3);
    expect(idsOf(await client.history({ before: last.timestamp }))).toEqual(left.reverse());
  });

  describe.each<[string, (second: number) => string]>([
    ['whole seconds, like V1', String],
    ['ISO 8601, like later versions', (second) => new Date(second * 1000).toISOString()],
  ])('of questions and answers that were saved with times in %s,', (_name, time) => {
    let client: LegacyClient;
    let ids: number[];

    beforeAll(async () => {
      client = await LegacyClient.of(server);
      ids = [];
      for (const index of numbers(questions)) {
        const common = { session_id: sessions[index % 3], timestamp: time(noon + Math.floor(index / 4)) };
        for (const role of ['user', 'assistant']) {
          ids.push(await client.append({ ...common, role, content: `${role} ${index}` }));
        }
      }
    });

    it.each(versions)('are all loaded by %s, in the order of saving', async (_version, look) => {
      expect(idsOf(await scrollToTheTop(look(client)))).toEqual(ids);
    });

    it('are all loaded by V6 in each session, every question before its answer', async () => {
      const reached: number[] = [];
      for (const session of sessions) {
        const shown = await scrollToTheTop(versionThree(client, session));
        expect(idsOf(shown)).toEqual(sorted(idsOf(shown)));
        expect(shown.map(({ content }) => content.split(' ')[0])).toEqual(
          shown.map((_, index) => (index % 2 ? 'assistant' : 'user')),
        );
        reached.push(...idsOf(shown));
      }
      expect(sorted(reached)).toEqual(ids);
    });
  });
});
