import { sqlOf } from '../../support/database/access.js';
import { plantMessages } from '../../support/database/messages.js';
import { TestServer } from '../../support/http/server.js';
import { LegacyClient } from '../../support/legacy/client.js';

/** Positions after which the search for a free one is given up. */
const maxInRow = 10_000;

describe('the history position of a message before 10,000 others', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());

  it.each([
    [maxInRow - 1, 'the first one after them', maxInRow],
    [maxInRow, "after the owner's last one", 2_000_000_000_001],
  ])('that has %d taken positions before it is %s', async (count, _name, expected) => {
    const client = await LegacyClient.of(server);
    const rest = await server.client(client.owner);
    await plantMessages(server, client.owner, await rest.newSession({ id: 'flood' }), count);
    const sql = sqlOf(server);
    const moveTo = (position: number, id: number) =>
      sql.execute('UPDATE writeassistdev_chat SET history_time = ? WHERE id = ?', [position, id]);
    await moveTo(2_000_000_000_000, await client.append({ session_id: 'chat-1' }));
    const neighbour = await LegacyClient.of(server, { ...client.owner, activityId: client.owner.activityId + 1 });
    await moveTo(3_000_000_000_000, await neighbour.append({ session_id: 'chat-1' }));
    const id = await client.append({ session_id: 'chat-2', timestamp: '0.001' });
    const [row] = await sql.query('SELECT history_time AS position FROM writeassistdev_chat WHERE id = ?', [id]);
    expect(row).toEqual({ position: expected });
  });
});
