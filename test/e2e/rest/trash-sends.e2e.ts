import { sqlOf } from '../../support/database/access.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { isoTime, itemAt, saveAll } from '../../support/rest/data.js';
import { refusal, wrongFields } from '../../support/rest/problems.js';
import { LegacyClient, failure } from '../../support/legacy/client.js';
import { TestServer } from '../../support/http/server.js';

const sent = { role: 'user', content: 'How long is the Nile?', clientMessageId: 'one' };
const other = { ...sent, content: 'And the Amazon?' };

describe('a clientMessageId of a message in the trash', () => {
  let server: TestServer;
  let client: Client;
  let session: string;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
    session = await client.newSession({ id: 'mine' });
    await saveAll(client, session, [sent, { content: 'kept' }]);
  });
  afterAll(() => server.stop());

  const hide = {
    'cleared messages': () => client.clear('mine'),
    'a deleted session': () => client.deleteSession('mine'),
  };
  const restore = {
    'cleared messages': () => client.restoreMessages('mine'),
    'a deleted session': () => client.restoreSession('mine'),
  };

  describe.each(['cleared messages', 'a deleted session'] as const)('of %s', (what) => {
    beforeEach(async () => {
      expectStatus(await hide[what](), 204);
    });

    it('stays taken: the same send says so, another one is a conflict, and nothing is saved', async () => {
      refusal(await client.save(session, sent), 404, 'message_in_trash');
      refusal(await client.save(session, other), 409, 'client_message_id_conflict');
      expectStatus(await restore[what](), 200);
      expect(expectStatus(await client.session(session), 200)).toMatchObject({ messageCount: 2 });
      expectStatus(await client.save(session, sent), 200);
    });

    it('names its place in a batch, of which nothing is saved', async () => {
      const first = { role: 'user', content: 'new' };
      const batch = await client.saveBatch(session, [first, sent]);
      if (what === 'a deleted session') refusal(batch, 404, 'session_not_found');
      else
        expect(refusal(batch, 404, 'message_in_trash').errors).toEqual([
          { in: 'body', pointer: '/messages/1/clientMessageId', detail: 'its message is in the trash' },
        ]);
      const conflict = await client.saveBatch(session, [other]);
      expect(refusal(conflict, 409, 'client_message_id_conflict').errors).toHaveLength(1);
      expectStatus(await restore[what](), 200);
      expect(expectStatus(await client.session(session), 200)).toMatchObject({ messageCount: 2 });
    });

    it('is refused by the active session, too', async () => {
      await client.newSession({ id: 'elsewhere' });
      refusal(await client.saveToActive(sent), 404, 'message_in_trash');
      refusal(await client.saveToActive(other), 409, 'client_message_id_conflict');
      expect(expectStatus(await client.session('elsewhere'), 200).messageCount).toBe(0);
    });

    it('is refused to a page, which gets its own form of the error', async () => {
      const page = await LegacyClient.of(server, client.owner);
      const fields = { session_id: session, role: 'user', content: sent.content, client_message_id: 'one' };
      failure(await page.call('append_message', fields), 404, 'message_in_trash');
      failure(await page.call('append_message', { ...fields, content: 'x' }), 409, 'client_message_id_conflict');
      expectStatus(await restore[what](), 200);
      expectStatus(await page.call('append_message', fields), 200);
    });
  });

  it('stays taken when the message answers one that is in the trash, too', async () => {
    const parentId = itemAt(expectStatus(await client.messages(session), 200).data, 0).id;
    // Not placed before the message that it answers.
    const timestamp = '2001-01-01T00:00:00.000Z';
    const answer = { role: 'assistant', content: '6,650 km', clientMessageId: 'two', parentId, timestamp };
    expectStatus(await client.save(session, answer), 201);
    expectStatus(await client.clear(session), 204);
    for (const send of [() => client.save(session, answer), () => client.saveToActive(answer)]) {
      refusal(await send(), 404, 'message_in_trash');
    }
    refusal(await client.save(session, { ...answer, content: 'x' }), 409, 'client_message_id_conflict');
    expect(wrongFields(await client.save(session, { ...answer, clientMessageId: 'three' }))).toEqual(['/parentId']);
    expectStatus(await client.restoreMessages(session), 200);
    expectStatus(await client.save(session, answer), 200);
  });

  it('is not asked for in another session that is missing', async () => {
    expectStatus(await client.clear(session), 204);
    refusal(await client.save('never', sent), 404, 'session_not_found');
    refusal(await client.save('never', { ...sent, clientMessageId: 'new' }), 404, 'session_not_found');
  });

  it('is free again when the message is purged', async () => {
    expectStatus(await client.clear(session, '?permanently=true'), 204);
    for (let answer = await client.save(session, sent); answer.status !== 201;) {
      refusal(answer, 404, 'message_in_trash');
      answer = await client.save(session, sent);
    }
    expect(expectStatus(await client.messages(session), 200).data).toHaveLength(1);
  });

  it('is not needed by a page to repeat a message without it: what was cleared is saved again', async () => {
    const page = await LegacyClient.of(server, client.owner);
    const fields = { session_id: session, content: 'again', timestamp: '1795806001' };
    const first = await page.append(fields);
    expect(await page.append(fields)).toBe(first);
    expectStatus(await client.clear(session), 204);
    const second = await page.append(fields);
    expect(second).toBeGreaterThan(first);
    expect(await page.append(fields)).toBe(second);
  });

  it.each<[string, (id: string) => Promise<unknown>]>([
    ['was cleared', async () => expectStatus(await client.clear(session), 204)],
    [
      'was deleted by itself',
      (id) =>
        sqlOf(server).execute('UPDATE writeassistdev_chat SET deletion_id = 1, on_branch = NULL WHERE id = ?', [id]),
    ],
  ])('leaves the timestamp of a new message alone when a later one %s', async (_, remove) => {
    const later = { content: 'later', timestamp: isoTime(Date.now() + 240_000) };
    await remove(itemAt(await saveAll(client, session, [later]), 0).id);
    const saved = expectStatus(await client.save(session, { content: 'now' }), 201);
    expect(saved.timestamp).toBe(saved.createdAt);
  });
});
