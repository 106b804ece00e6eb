import { numbers, sqlOf } from '../../support/database/access.js';
import { plantMessages } from '../../support/database/messages.js';
import { TestServer } from '../../support/http/server.js';
import { LegacyClient } from '../../support/legacy/client.js';
import { expectStatus } from '../../support/rest/client.js';
import { itemAt } from '../../support/rest/data.js';

/** Messages of the session, by descending position: the history is read in steps of 1,000. */
const planted = 2500;
/** Ten of the newest, the last one of the first step, the first one of the second step, and some of later ones. */
const shown = [...numbers(10).map((index) => planted - index), 1501, 1500, 600, 501, 500, 1];

describe('a history whose messages are mostly hidden', () => {
  let server: TestServer;
  let client: LegacyClient;
  let sequences: Map<number, number>;

  beforeAll(async () => {
    server = await TestServer.start();
    client = await LegacyClient.of(server);
    const rest = await server.client(client.owner);
    const session = await rest.newSession({ id: 'chat-1' });
    await plantMessages(server, client.owner, session, planted);
    const rows = await sqlOf(server).query<{ id: number; sequence: number }>(
      'SELECT id, sequence FROM writeassistdev_chat WHERE writeassistdevid = ? AND userid = ?',
      [client.owner.activityId, client.owner.userId],
    );
    sequences = new Map(rows.map(({ id, sequence }) => [id, sequence]));
    // Like replies that were written again.
    await sqlOf(server).execute(
      `UPDATE writeassistdev_chat SET on_branch = CASE WHEN sequence IN (${shown.join()}) THEN 1 ELSE 0 END
       WHERE writeassistdevid = ? AND userid = ?`,
      [client.owner.activityId, client.owner.userId],
    );
  });
  afterAll(() => server.stop());

  /** The sequences of a page's messages, and whether there are more. */
  async function page(fields: Record<string, unknown>) {
    const answer = await client.call('load_chat_history_only', fields);
    const { chatHistory = [], has_more: more = false } = expectStatus(answer, 200);
    return { sequences: chatHistory.map(({ id }) => sequences.get(id)), more };
  }

  it.each([{}, { session_id: 'chat-1' }])('has each of the others, with the fields %j', async (fields) => {
    expect(await page({ ...fields, limit: 200 })).toEqual({ sequences: shown, more: false });
  });

  it.each([9, 10, 11, 12, 13, 15])('has the newest %i of them, and says that there are more', async (limit) => {
    expect(await page({ limit })).toEqual({ sequences: shown.slice(0, limit), more: true });
  });

  it('goes on below a time', async () => {
    const { chatHistory = [] } = expectStatus(await client.call('load_chat_history_only', { limit: 11 }), 200);
    const before = itemAt(chatHistory, -1).timestamp;
    expect(await page({ limit: 200, before })).toEqual({ sequences: shown.slice(11), more: false });
  });
});
