import { Clock } from '../../../src/common/clock.js';
import { numbers, settleAll } from '../../support/database/access.js';
import { holdLock } from '../../support/database/faults.js';
import { createDatabase, onServer, type TestDatabase } from '../../support/database/test-database.js';
import { LegacyClient, messageId } from '../../support/legacy/client.js';
import { storedOf } from '../../support/legacy/stored-rows.js';
import { itemAt } from '../../support/rest/data.js';
import { TestServer, newOwner } from '../../support/http/server.js';
import { waitUntil } from '../../support/run/wait-until.js';

const secret = 'kX3vQ9-two-servers-repeat-9Qv3Xk';
const message = { session_id: 'chat-1', content: 'How long is the Nile?', timestamp: '2026-11-27T19:00:01.000Z' };

describe('a request without a client_message_id that is repeated at another server', () => {
  let database: TestDatabase;
  let servers: TestServer[];
  let clients: LegacyClient[];

  beforeAll(async () => {
    database = await createDatabase();
    const environment = { ...database.environment, JWT_SECRET: secret };
    const starting = [TestServer.start(environment), TestServer.start(environment)];
    await settleAll(starting);
    servers = await Promise.all(starting);
  });
  beforeEach(async () => {
    const owner = newOwner();
    clients = await Promise.all(servers.map((server) => LegacyClient.of(server, owner)));
  });
  afterAll(async () => {
    await settleAll(servers.map((server) => server.stop()));
    await database.drop();
  });

  const stored = () => storedOf(itemAt(servers, 0), itemAt(clients, 0).owner);
  const sendToBoth = (times: number) =>
    numbers(times).flatMap(() => clients.map(async (client) => messageId(await client.call('append_message', sent))));
  const sent = { ...message, role: 'user' };

  async function expectOneMessage(ids: number[]): Promise<void> {
    const { messages, sessions } = await stored();
    expect(new Set(ids)).toEqual(new Set(messages.map(({ id }) => id)));
    expect(messages).toMatchObject([{ sequence: 1 }]);
    expect(sessions).toMatchObject([{ session_id: 'chat-1', message_count: 1, last_sequence: 1 }]);
  }

  it.each([
    ['agree', 0],
    ['are ten seconds apart', 10_000],
  ])('is saved once, also when the chat does not exist yet, if the clocks %s', async (_name, late) => {
    const slow = itemAt(servers, 1).app.get(Clock, { strict: false });
    slow.now = () => Date.now() - late;
    await expectOneMessage(await Promise.all(sendToBoth(8)));
    await expectOneMessage(await Promise.all(sendToBoth(2)));
  });

  it.each(['writeassistdev_chat_sessions', 'writeassistdev_chat_owners'])(
    'sees what was saved while it waited for a row of %s',
    async (table) => {
      const [client] = clients;
      const { userId } = itemAt(clients, 0).owner;
      // In the second case the chat of the message does not exist: the owner exists because of another.
      await client?.append({ session_id: table.endsWith('sessions') ? 'chat-1' : 'chat-2', content: 'before' });
      const lock = await holdLock(
        itemAt(servers, 0).dataSource,
        `SELECT * FROM ${table} WHERE userid = ${userId} FOR UPDATE`,
      );
      const calls = sendToBoth(1);
      try {
        await waitUntil(async () => (await lockWaits(database)) >= 2);
      } finally {
        await lock.release();
      }
      const ids = await Promise.all(calls);
      const { messages } = await stored();
      expect(messages.filter(({ content }) => content === message.content).map(({ id }) => id)).toEqual([ids[0]]);
      expect(new Set(ids).size).toBe(1);
    },
  );
});

/** How many statements of the database have been waiting for a while. */
async function lockWaits({ environment }: TestDatabase): Promise<number> {
  const name = new URL(environment.DATABASE_URL ?? '').pathname.slice(1);
  const rows = (await onServer(
    `SELECT COUNT(*) AS waiting FROM information_schema.PROCESSLIST
     WHERE DB = '${name}' AND COMMAND IN ('Execute', 'Query') AND TIME_MS > 100`,
  )) as { waiting: number }[];
  return Number(rows[0]?.waiting);
}
