import { Clock } from '../../../src/common/clock.js';
import { Client, expectStatus } from '../../support/rest/client.js';
import { numbers, settleAll } from '../../support/database/access.js';
import { allMessages, allSessions, risesWithSequence, tally } from '../../support/database/chats.js';
import { migrateInProcess } from '../../support/database/processes.js';
import { createDatabase, engine, type TestDatabase } from '../../support/database/test-database.js';
import { TestServer, newOwner } from '../../support/http/server.js';
import { isFull } from '../../support/run/full.js';

const oneTo = (last: number) => numbers(last).map((index) => index + 1);
const secret = 'kX3vQ9-two-servers-share-one-9Qv3Xk';

describe('two servers on one database', () => {
  let database: TestDatabase;
  const servers: TestServer[] = [];

  beforeEach(async () => {
    database = await createDatabase();
  });
  afterEach(async () => {
    await settleAll(servers.splice(0).map((server) => server.stop()));
    await database.drop();
  });

  async function start(): Promise<TestServer> {
    const server = await TestServer.start({ ...database.environment, JWT_SECRET: secret });
    servers.push(server);
    return server;
  }

  if (engine() === 'sqlite') {
    it('are not possible on SQLite: the second fails with one line, and the first continues', async () => {
      const client = await (await start()).client();
      const session = await client.newSession();
      const { code, errors } = await migrateInProcess(database);
      expect(errors).toMatch(
        /^error: \/[^\n]+\/chat-store\.sqlite is in use by another process: one server for one DATA_DIR\n$/,
      );
      expect(code).toBe(1);
      expectStatus(await client.save(session, { content: 'x' }), 201);
    });
    return;
  }

  /** Clients of one owner at two servers that were started at the same time. */
  async function atBoth(): Promise<[Client, Client]> {
    const starting = [start(), start()] as const;
    await settleAll([...starting]);
    const [one, other] = await Promise.all(starting);
    const owner = newOwner();
    const token = await one.token(owner);
    return [new Client(one.url, token, owner), new Client(other.url, token, owner)];
  }

  it('save sixteen identical messages with one clientMessageId once', async () => {
    const clients = await atBoth();
    const session = await clients[0].newSession();
    const named = { content: 'x', clientMessageId: 'send-1' };
    const answers = await Promise.all(numbers(8).flatMap(() => clients.map((client) => client.save(session, named))));
    expect(tally(answers)).toEqual({ 200: 15, 201: 1 });
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    for (const client of clients) expect(expectStatus(await client.session(session), 200).messageCount).toBe(1);
  });

  it('save sixteen identical messages with one clientMessageId once if there is no session yet', async () => {
    const clients = await atBoth();
    const named = { content: 'x', clientMessageId: 'send-1' };
    const answers = await Promise.all(numbers(8).flatMap(() => clients.map((client) => client.saveToActive(named))));
    expect(tally(answers)).toEqual({ 200: 15, 201: 1 });
    expect(await allSessions(clients[1])).toMatchObject([{ isActive: true, messageCount: 1 }]);
  });

  it.each([
    ['agree', 0],
    ['are ten seconds apart', 10_000],
  ])(
    'whose clocks %s give fifty messages sequences without a gap and times that never decrease',
    async (_name, late) => {
      const clients = await atBoth();
      const slow = servers[1]?.app.get(Clock, { strict: false });
      if (slow) slow.now = () => Date.now() - late;
      const session = await clients[0].newSession();
      const answers = await Promise.all(
        numbers(25).flatMap((index) => clients.map((client) => client.save(session, { content: `${index}` }))),
      );
      expect(tally(answers)).toEqual({ 201: 50 });
      const messages = await allMessages(clients[1], session);
      expect(messages.map(({ sequence }) => sequence)).toEqual(oneTo(50));
      expect(risesWithSequence(messages, 'createdAt')).toBe(true);
      expect(risesWithSequence(messages, 'timestamp')).toBe(true);
      expect(expectStatus(await clients[0].session(session), 200)).toMatchObject({
        messageCount: 50,
        lastActivityAt: messages.at(-1)?.createdAt,
      });
    },
  );

  it('whose clocks are ten seconds apart give no message an earlier timestamp than a client gave before', async () => {
    const clients = await atBoth();
    const slow = servers[1]?.app.get(Clock, { strict: false });
    if (slow) slow.now = () => Date.now() - 10_000;
    const session = await clients[0].newSession();
    const answers = await Promise.all(
      numbers(20).flatMap((index) => {
        const timestamp = new Date(Date.now() + index * 1000).toISOString();
        return [
          clients[0].save(session, { content: 'client', timestamp }),
          ...clients.map((client) => client.save(session, { content: 'server' })),
        ];
      }),
    );
    expect(tally(answers)).toEqual({ 201: 60 });
    const saved = (await allMessages(clients[1], session)).toSorted((a, b) => a.sequence - b.sequence);
    let newest = '';
    for (const { content, timestamp } of saved) {
      if (content === 'server') expect(timestamp >= newest).toBe(true);
      if (timestamp > newest) newest = timestamp;
    }
  });

  it('never show two active sessions while both switch, create and delete for one owner', async () => {
    const clients = await atBoth();
    const kept = await Promise.all(clients.map((client) => client.newSession()));
    await settleAll(
      clients.map(async (client, tab) => {
        for (const _round of numbers(isFull ? 40 : 10)) {
          expectStatus(await client.activate(String(kept[tab])), 200);
          expectStatus(await client.deleteSession(await client.newSession()), 204);
          expect((await allSessions(client)).filter(({ isActive }) => isActive).length).toBeLessThanOrEqual(1);
        }
      }),
    );
    expectStatus(await clients[0].activate(String(kept[0])), 200);
    expect(expectStatus(await clients[1].active(), 200).id).toBe(kept[0]);
    expect(await allSessions(clients[1])).toHaveLength(2);
  });
});
