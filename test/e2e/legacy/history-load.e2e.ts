import { expectStatus, type Client } from '../../support/rest/client.js';
import { numbers, settleAll, sqlOf } from '../../support/database/access.js';
import { tally } from '../../support/database/chats.js';
import { createDatabase, engine, type TestDatabase } from '../../support/database/test-database.js';
import { LegacyClient } from '../../support/legacy/client.js';
import { itemAt } from '../../support/rest/data.js';
import { TestServer, newOwner } from '../../support/http/server.js';
import { full, isFull } from '../../support/run/full.js';

/** A time of whole seconds, some days ago. */
const noon = 1_795_000_000;
const sessions = numbers(5).map((index) => `s-${index}`);
const secret = 'kX3vQ9-two-servers-share-one-9Qv3Xk';

describe('the history of 20,000 messages', () => {
  const maxMs = 50;
  const total = 20_000;
  let server: TestServer;
  let client: LegacyClient;
  /** Of an owner with 200 messages, which are older than all others: shows how fast this machine is at the moment. */
  let beginner: LegacyClient;

  /** Three quarters in one session, a hundred in another, the rest in a third; a second between two messages. */
  beforeAll(async () => {
    server = await TestServer.start();
    client = await LegacyClient.of(server);
    beginner = await LegacyClient.of(server);
    for (const session of ['dense', 'sparse', 'other']) await client.append({ session_id: session, timestamp: '1' });
    for (const session of ['dense', 'sparse']) await beginner.append({ session_id: session, timestamp: '1' });
    const thirds = "CASE WHEN i % 200 = 0 THEN 'sparse' WHEN i % 4 = 0 THEN 'other' ELSE 'dense' END";
    await insert(client, total - 3, noon, thirds);
    await insert(beginner, 198, noon - 1000, "CASE WHEN i % 2 = 0 THEN 'sparse' ELSE 'dense' END");
  });
  afterAll(() => server.stop());

  /** Inserts messages of one second after the other. @param session is SQL for the session of number `i` */
  async function insert({ owner }: LegacyClient, count: number, start: number, session: string): Promise<void> {
    const text = engine() === 'mariadb' ? `REPEAT('How long is the Nile? ', 20)` : `printf('%.*c', 440, 'x')`;
    // MariaDB's recursion ends after 1,000 rows.
    await sqlOf(server).execute(
      `INSERT INTO writeassistdev_chat
         (writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp, created_at, history_time)
       WITH RECURSIVE k (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < 1000),
         n (i) AS (SELECT k.i + 1000 * (t.i - 1) FROM k JOIN k t ON t.i <= 20)
       SELECT ${owner.activityId}, ${owner.userId}, ${session},
         i + 1, 'user', ${text}, ${start * 1000} + i * 1000, ${start * 1000}, ${start * 1000} + i * 1000
       FROM n WHERE i <= ${count}`,
      [],
    );
  }

  async function medianMs(asking: LegacyClient, fields: Record<string, unknown>, rows: number): Promise<number> {
    const times: number[] = [];
    for (const round of numbers(6)) {
      const start = performance.now();
      const items = await asking.history(fields);
      // The first one is the warm-up.
      if (round > 0) times.push(performance.now() - start);
      expect(items).toHaveLength(rows);
    }
    return itemAt(
      times.sort((a, b) => a - b),
      2,
    );
  }

  /**
   * Measures up to six times, because other work on this machine may slow it down for a while. Where all is slow, five
   * times as long as for few messages is fast enough: reading all 20,000 would take longer.
   */
  async function expectInTime(fields: Record<string, unknown>, rows: number): Promise<void> {
    const shares: number[] = [];
    do {
      const ms = await medianMs(client, fields, rows);
      const allowedMs = ms < maxMs ? maxMs : Math.max(maxMs, 5 * (await medianMs(beginner, fields, rows)));
      shares.push(ms / allowedMs);
    } while (shares.length < 6 && Math.min(...shares) >= 1);
    expect(Math.min(...shares)).toBeLessThan(1);
  }

  it.each<[string, Record<string, unknown>, number]>([
    ['all sessions', {}, 50],
    ['all sessions, with the largest limit', { limit: 200 }, 200],
    ['all sessions, with the limit of version 1', { limit: 20 }, 20],
    ['a dense session', { session_id: 'dense' }, 50],
    ['a sparse session', { session_id: 'sparse' }, 50],
    ['a missing session', { session_id: 'missing' }, 0],
  ])('returns the first page of %s within 50 ms', async (_name, fields, rows) => {
    await expectInTime(fields, rows);
  });

  it.each<[string, Record<string, unknown>, number]>([
    ['all sessions', {}, 50],
    ['all sessions, with the largest limit', { limit: 200 }, 200],
    ['a dense session', { session_id: 'dense' }, 50],
    ['a sparse session', { session_id: 'sparse', limit: 5 }, 5],
    ['a missing session', { session_id: 'missing' }, 0],
  ])('returns later pages of %s within 50 ms', async (_name, fields, rows) => {
    for (const part of full(numbers(10), [0, 4, 9]))
      await expectInTime({ ...fields, before: noon + total - 500 - part * 1900 }, rows);
  });

  it('can be read to its end page by page', async () => {
    const ids = new Set<number>();
    let before: number | undefined;
    for (let page = 0; page < 100; page++) {
      const items = await client.history({ limit: 200, before });
      expect(items).toHaveLength(200);
      for (const { id } of items) ids.add(id);
      before = items.at(-1)?.timestamp;
    }
    expect(ids.size).toBe(total);
    expect(await client.history({ before })).toEqual([]);
  });
});

describe('fifty messages with one timestamp, saved at once in five sessions of one owner', () => {
  const servers: TestServer[] = [];
  let database: TestDatabase | undefined;

  afterEach(async () => {
    await settleAll(servers.splice(0).map((server) => server.stop()));
    await database?.drop();
    database = undefined;
  });

  async function start(environment: Record<string, string> = {}): Promise<TestServer> {
    const server = await TestServer.start(environment);
    servers.push(server);
    return server;
  }

  /** Saves half by REST and half by the legacy endpoint, spread over the servers. */
  async function saveFifty(rest: Client[], legacy: LegacyClient[], round: number): Promise<Record<number, number>> {
    const answers = await Promise.all(
      numbers(25).flatMap((index) => {
        const session = itemAt(sessions, index % sessions.length);
        const message = { role: 'user', content: `n ${round} ${index}` };
        return [
          itemAt(rest, index % rest.length).save(session, {
            ...message,
            content: `REST ${message.content}`,
            timestamp: new Date(noon * 1000).toISOString(),
          }),
          itemAt(legacy, index % legacy.length).call('append_message', {
            ...message,
            session_id: session,
            timestamp: String(noon),
          }),
        ];
      }),
    );
    return tally(answers);
  }

  async function expectPositions(client: LegacyClient, count: number): Promise<void> {
    const items = await client.history({ limit: 200 });
    expect(items).toHaveLength(count);
    const positions = items.map(({ timestamp }) => timestamp);
    expect(new Set(positions).size).toBe(count);
    expect(Math.min(...positions)).toBe(noon);
    expect(Math.max(...positions)).toBeLessThan(noon + 1);
  }

  it('are all saved with different positions in the history', async () => {
    const server = await start();
    const legacy = await LegacyClient.of(server);
    const rest = await server.client(legacy.owner);
    for (const id of sessions) expectStatus(await rest.createSession({ id }), 201);
    for (const round of full([1, 2, 3], [1])) {
      expect(await saveFifty([rest], [legacy], round)).toEqual({ 200: 25, 201: 25 });
      await expectPositions(legacy, round * 50);
    }
  });

  it('are all saved if there is no session yet', async () => {
    const server = await start();
    const client = await LegacyClient.of(server);
    const answers = await Promise.all(
      numbers(50).map((index) =>
        client.call('append_message', {
          session_id: sessions[index % 5],
          role: 'user',
          content: `n ${index}`,
          timestamp: noon,
        }),
      ),
    );
    expect(tally(answers)).toEqual({ 200: 50 });
    expect(await client.sessions()).toHaveLength(5);
    await expectPositions(client, 50);
  });

  it('have each answer after its question while other sessions are saved', async () => {
    const server = await start();
    const client = await LegacyClient.of(server);
    const asked = numbers(isFull ? 20 : 8).map((index) => `s-${index}`);
    const turns = numbers(3).flatMap((turn) => [`question ${turn}`, `answer ${turn}`]);
    await Promise.all(
      asked.map(async (session) => {
        for (const content of turns) await client.append({ session_id: session, content, timestamp: String(noon) });
      }),
    );
    for (const session of asked) {
      const items = await client.history({ session_id: session });
      expect(items.map(({ content }) => content)).toEqual(turns.toReversed());
    }
  });

  if (engine() === 'mariadb') {
    it('are all saved through two servers on one database', async () => {
      database = await createDatabase();
      const environment = { ...database.environment, JWT_SECRET: secret };
      await settleAll([start(environment), start(environment)]);
      const owner = newOwner();
      const legacy = await Promise.all(servers.map((server) => LegacyClient.of(server, owner)));
      const rest = await Promise.all(servers.map((server) => server.client(owner)));
      for (const id of sessions) expectStatus(await itemAt(rest, 0).createSession({ id }), 201);
      for (const round of full([1, 2, 3], [1])) {
        expect(await saveFifty(rest, legacy, round)).toEqual({ 200: 25, 201: 25 });
        for (const client of legacy) await expectPositions(client, round * 50);
      }
    });
  }
});
