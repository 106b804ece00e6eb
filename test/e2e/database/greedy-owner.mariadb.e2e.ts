import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { outsideConnection, settleAll, numbers } from '../../support/database/access.js';
import { holdLock } from '../../support/database/faults.js';
import { LegacyClient } from '../../support/legacy/client.js';
import { TestServer } from '../../support/http/server.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { waitUntil } from '../../support/run/wait-until.js';

/** The number of transactions in this database that wait for a lock. */
async function waitingForLocks(connection: Connection): Promise<number> {
  // InnoDB reads its table again when nobody has looked for 0.1 s.
  await sleep(150);
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT COUNT(*) AS count FROM information_schema.innodb_trx JOIN information_schema.processlist
     ON id = trx_mysql_thread_id WHERE trx_state = 'LOCK WAIT' AND db = DATABASE()`,
  );
  return Number(rows[0]?.count);
}

describe('owners with more requests than may wait', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start({ DATABASE_POOL_SIZE: '4', DATABASE_QUEUE_LIMIT: '20' });
  });
  afterAll(() => server.stop());

  const pageOf = (client: Client) => new LegacyClient(server.url, client.token, client.owner);

  it('take no place in the queue from others, by REST or the legacy endpoint', async () => {
    const greedy = await Promise.all(numbers(2).map(() => server.client()));
    const sessions = await Promise.all(
      [...greedy, ...greedy].map(async (client) => ({ client, id: await client.newSession() })),
    );
    const other = await server.client();
    const theirs = await other.newSession();
    // Each of these owners holds half of the connections.
    const names = sessions.map(({ id }) => `'${id}'`).join();
    const lock = await holdLock(
      server.dataSource,
      `SELECT id FROM writeassistdev_chat_sessions WHERE session_id IN (${names}) FOR UPDATE`,
    );
    const outside = await outsideConnection(server.dataSource);
    const blocked: Promise<unknown>[] = [];
    for (const { client, id } of sessions) {
      const fields = { session_id: id, role: 'user', content: 'behind the lock' };
      for (const _ of numbers(20)) {
        blocked.push(client.save(id, { content: 'behind the lock' }), pageOf(client).call('append_message', fields));
      }
    }
    await waitUntil(async () => (await waitingForLocks(outside)) === 4);
    // The queue is full: some of theirs are refused.
    await Promise.race(blocked);
    const [saved, listed] = [other.save(theirs, { content: 'x' }), pageOf(other).call('get_chat_sessions')];
    await Promise.race([saved, listed, sleep(200)]);
    await Promise.all([lock.release(), outside.end()]);
    await settleAll(blocked);
    expectStatus(await saved, 201);
    expectStatus(await listed, 200);
  });
});
