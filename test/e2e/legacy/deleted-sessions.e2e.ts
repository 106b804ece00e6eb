import { Clock } from '../../../src/common/clock.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { count, numbers, settleAll, sqlOf } from '../../support/database/access.js';
import { createDatabase, engine } from '../../support/database/test-database.js';
import { LegacyClient, failure, messageId } from '../../support/legacy/client.js';
import { storedOf } from '../../support/legacy/stored-rows.js';
import { serve } from '../../support/http/serve.js';
import { TestServer, newOwner } from '../../support/http/server.js';

const saving = ['append_message', 'save_session_message'];
const table = 'writeassistdev_chat_deleted_sessions';
const minute = 60_000;

describe('a message to a chat that was deleted', () => {
  let server: TestServer;
  let client: LegacyClient;
  let rest: Client;
  let now: () => number;

  beforeAll(async () => {
    server = await TestServer.start();
    const clock = server.app.get(Clock, { strict: false });
    clock.now = () => now();
  });
  beforeEach(async () => {
    now = Date.now;
    client = await LegacyClient.of(server);
    rest = await server.client(client.owner);
  });
  afterAll(() => server.stop());

  const save = (action: string, session: string, fields: object = {}) =>
    client.call(action, { session_id: session, role: 'assistant', content: 'late', ...fields });
  const remove = async (session: string) =>
    expectStatus(await client.call('delete_chat_session', { session_id: session }), 200);
  const sessions = async () => (await client.sessions()).map(({ session_id: id }) => id).sort();
  const recorded = () => count(sqlOf(server), table, 'userid = ?', [client.owner.userId]);

  describe.each(saving)('by %s', (action) => {
    it.each(['mychat-7', 'Chat-1', 'x'.repeat(50)])(
      'with the id "%s", which the client chose, is rejected for ten minutes',
      async (session) => {
        messageId(await save(action, session));
        const deletedAt = Date.now();
        now = () => deletedAt;
        await remove(session);
        const before = await storedOf(server, client.owner);
        for (const ms of [0, 10 * minute - 1]) {
          now = () => deletedAt + ms;
          failure(await save(action, session), 404, 'session_not_found');
          failure(await save(action, session, { client_message_id: 'm' }), 404, 'session_not_found');
          failure(await save(action, session, { timestamp: '1795806001' }), 404, 'session_not_found');
        }
        expect(await storedOf(server, client.owner)).toEqual(before);
        now = () => deletedAt + 10 * minute;
        messageId(await save(action, session));
        expect(await sessions()).toEqual([session]);
        expect(await recorded()).toBe(0);
      },
    );

    it.each(['default', 'chat-42'])(
      'with the id "%s", which the pages use again, starts the chat again',
      async (session) => {
        messageId(await save(action, session));
        await remove(session);
        expect(await recorded()).toBe(0);
        const id = messageId(await save(action, session));
        const { messages, active } = await storedOf(server, client.owner);
        expect(messages).toMatchObject([{ id, sequence: 2 }]);
        expect(active).toBe(session);
      },
    );
  });

  it('with an id that the server generated is rejected for ever, without a record', async () => {
    const session = await client.newSession();
    await remove(session);
    expect(await recorded()).toBe(0);
    now = () => Date.now() + 365 * 24 * 60 * minute;
    failure(await save('append_message', session), 404, 'session_not_found');
  });

  it('is rejected as well after a deletion by REST, until REST creates the chat again', async () => {
    await client.append({ session_id: 'mychat-7' });
    expectStatus(await rest.deleteSession('mychat-7'), 204);
    failure(await save('append_message', 'mychat-7'), 404, 'session_not_found');
    expectStatus(await rest.createSession({ id: 'mychat-7' }), 201);
    expect(await recorded()).toBe(0);
    messageId(await save('append_message', 'mychat-7'));
    await remove('mychat-7');
    failure(await save('append_message', 'mychat-7'), 404, 'session_not_found');
  });

  it('is rejected for its owner alone', async () => {
    const { userId, activityId } = client.owner;
    await client.append({ session_id: 'mychat-7' });
    await remove('mychat-7');
    for (const owner of [
      newOwner(),
      { userId, activityId: activityId + 1 },
      { userId: userId + 500_000, activityId },
    ]) {
      const other = await LegacyClient.of(server, owner);
      expect(await other.append({ session_id: 'mychat-7' })).toBeGreaterThan(0);
    }
    failure(await save('append_message', 'mychat-7'), 404, 'session_not_found');
    messageId(await save('append_message', 'mychat-8'));
  });

  it('leaves no records that are older than ten minutes when the owner deletes or creates another', async () => {
    const began = Date.now();
    now = () => began;
    for (const session of ['a', 'b', 'c']) {
      await client.append({ session_id: session });
      await remove(session);
    }
    expect(await recorded()).toBe(3);
    await client.append({ session_id: 'd' });
    now = () => began + 10 * minute;
    await remove('d');
    expect(await recorded()).toBe(1);
    now = () => began + 20 * minute;
    await client.newSession();
    expect(await recorded()).toBe(0);
  });

  it('does not bring it back when many arrive while it is deleted', async () => {
    for (const round of numbers(3)) {
      const session = `mychat-${round}`;
      await client.append({ session_id: session });
      await settleAll([
        ...numbers(12).map(async (index) => {
          const { status } = await save('append_message', session, { content: `${index}` });
          expect([200, 404]).toContain(status);
        }),
        remove(session),
      ]);
      expect(await sessions()).toEqual([]);
    }
  });

  it('is rejected after a restart of the server', async () => {
    const database = await createDatabase();
    const owner = newOwner();
    try {
      await serve(database, async ({ page }) => {
        const before = await page(owner);
        await before.append({ session_id: 'mychat-7' });
        expectStatus(await before.call('delete_chat_session', { session_id: 'mychat-7' }), 200);
      });
      await serve(database, async ({ page }) => {
        const fields = { session_id: 'mychat-7', role: 'user', content: 'x' };
        failure(await (await page(owner)).call('append_message', fields), 404, 'session_not_found');
      });
    } finally {
      await database.drop();
    }
  });

  if (engine() === 'mariadb') {
    it('is rejected by another server', async () => {
      const database = await createDatabase();
      const owner = newOwner();
      try {
        await serve(database, ({ page: pageOfOne }) =>
          serve(database, async ({ page }) => {
            await (await pageOfOne(owner)).append({ session_id: 'mychat-7' });
            expectStatus(await (await page(owner)).call('delete_chat_session', { session_id: 'mychat-7' }), 200);
            const fields = { session_id: 'mychat-7', role: 'user', content: 'x' };
            failure(await (await pageOfOne(owner)).call('append_message', fields), 404, 'session_not_found');
          }),
        );
      } finally {
        await database.drop();
      }
    });
  }
});
