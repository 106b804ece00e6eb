import { expectStatus, type Client } from '../../support/rest/client.js';
import { idsOf, saveAll } from '../../support/rest/data.js';
import { refusal, wrongFields } from '../../support/rest/problems.js';
import { LegacyClient } from '../../support/legacy/client.js';
import { TestServer } from '../../support/http/server.js';

describe('a message in the trash', () => {
  let server: TestServer;
  let client: Client;
  let session: string;
  /** A question, its answer, another question, and its answer. */
  let ids: [string, string, string, string];

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
    session = await client.newSession();
    const saved = await saveAll(client, session, [
      { content: 'Rhine?' },
      { content: '1,230 km', role: 'assistant' },
      { content: 'Nile?' },
      { content: '6,650 km', role: 'assistant', clientMessageId: 'answer' },
    ]);
    ids = idsOf(saved) as typeof ids;
  });
  afterAll(() => server.stop());

  const contents = async () => expectStatus(await client.messages(session), 200).data.map(({ content }) => content);
  const all = async () =>
    expectStatus(await client.messages(session, '?tree=true'), 200).data.map(({ content }) => content);
  const get = async () => expectStatus(await client.session(session), 200);
  const remove = (id: string, query?: string) => client.deleteMessage(session, id, query);
  const restore = (id: string) => client.restoreMessage(session, id);
  const regenerate = async (content: string, parentId: string) =>
    expectStatus(await client.save(session, { content, role: 'assistant', parentId }), 201).id;

  it('is in no list, search or page of the plugin, and is counted no more', async () => {
    const before = await get();
    expectStatus(await remove(ids[3]), 204);
    expect(await contents()).toEqual(['Rhine?', '1,230 km', 'Nile?']);
    expect(await all()).toEqual(['Rhine?', '1,230 km', 'Nile?']);
    refusal(await client.message(session, ids[3]), 404, 'message_not_found');
    expect(expectStatus(await client.search('6,650'), 200).data).toEqual([]);
    const page = await LegacyClient.of(server, client.owner);
    expect((await page.messages(session)).map(({ content }) => content)).toEqual(['Rhine?', '1,230 km', 'Nile?']);
    expect(await page.history()).toHaveLength(3);
    const after = await get();
    expect([after.messageCount, after.preview?.text, after.unreadCount]).toEqual([3, 'Nile?', 0]);
    expect(after.version).toBe(before.version + 1);
    expectStatus(await client.save(session, { content: 'Volga?' }), 201);
    expect(await contents()).toEqual(['Rhine?', '1,230 km', 'Nile?', 'Volga?']);
  });

  it('is missing for every other operation', async () => {
    expectStatus(await remove(ids[3]), 204);
    refusal(await remove(ids[3]), 404, 'message_not_found');
    refusal(await client.revise(session, ids[3], { content: 'x' }), 404, 'message_not_found');
    refusal(await client.messages(session, `?head=${ids[3]}`), 404, 'message_not_found');
    expect(wrongFields(await client.save(session, { content: 'x', parentId: ids[3] }))).toEqual(['/parentId']);
    expect(wrongFields(await client.changeSession(session, { headId: ids[3] }))).toEqual(['/headId']);
    const same = { content: '6,650 km', role: 'assistant', clientMessageId: 'answer' };
    refusal(await client.save(session, same), 404, 'message_in_trash');
    refusal(await client.save(session, { ...same, content: 'x' }), 409, 'client_message_id_conflict');
  });

  it('stays when others follow from it, unless they are to go with it', async () => {
    refusal(await remove(ids[1]), 409, 'has_replies');
    refusal(await remove(ids[1], '?replies=false'), 409, 'has_replies');
    expect(await contents()).toHaveLength(4);
    expectStatus(await remove(ids[1], '?replies=true'), 204);
    expect(await contents()).toEqual(['Rhine?']);
    expect((await get()).messageCount).toBe(1);
    expectStatus(await restore(ids[2]), 200);
    expect(await contents()).toEqual(['Rhine?', '1,230 km', 'Nile?', '6,650 km']);
    expect((await get()).messageCount).toBe(4);
  });

  it('goes with the messages of all branches that follow from it', async () => {
    await regenerate('6,695 km', ids[2]);
    expectStatus(await client.changeSession(session, { headId: ids[3] }), 200);
    expectStatus(await remove(ids[2], '?replies=true'), 204);
    expect(await all()).toEqual(['Rhine?', '1,230 km']);
    expectStatus(await restore(ids[2]), 200);
    expect(await all()).toEqual(['Rhine?', '1,230 km', 'Nile?', '6,650 km', '6,695 km']);
  });

  it('leaves the current branch to the newest other one from the same place', async () => {
    const second = await regenerate('6,695 km', ids[2]);
    const third = await regenerate('6,700 km', ids[2]);
    expectStatus(await remove(third), 204);
    expect((await contents()).at(-1)).toBe('6,695 km');
    expectStatus(await client.changeSession(session, { headId: ids[3] }), 200);
    expectStatus(await remove(second), 204);
    expect((await contents()).at(-1)).toBe('6,650 km');
    expectStatus(await client.revise(session, ids[0], { content: 'Elbe?' }), 201);
    const elbe = String(idsOf(expectStatus(await client.messages(session), 200).data)[0]);
    expectStatus(await remove(elbe), 204);
    expect(await contents()).toEqual(['Rhine?', '1,230 km', 'Nile?', '6,650 km']);
  });

  it('comes back to the current branch only where that ends', async () => {
    expectStatus(await remove(ids[3]), 204);
    expectStatus(await restore(ids[3]), 200);
    expect(await contents()).toEqual(['Rhine?', '1,230 km', 'Nile?', '6,650 km']);
    expectStatus(await remove(ids[3]), 204);
    await regenerate('6,695 km', ids[2]);
    expect(expectStatus(await restore(ids[3]), 200)).toMatchObject({ id: ids[3], content: '6,650 km' });
    expect((await get()).messageCount).toBe(5);
    expect((await contents()).at(-1)).toBe('6,695 km');
    expect(await all()).toHaveLength(5);
    expectStatus(await restore(ids[3]), 200);
  });

  it('the first one comes back to an empty session', async () => {
    expectStatus(await remove(ids[0], '?replies=true'), 204);
    expect(await contents()).toEqual([]);
    expect(await get()).toMatchObject({ messageCount: 0, preview: null, unreadCount: 0 });
    expectStatus(await restore(ids[0]), 200);
    expect(await contents()).toEqual(['Rhine?', '1,230 km', 'Nile?', '6,650 km']);
  });

  it('comes back only after the one before it', async () => {
    expectStatus(await remove(ids[3]), 204);
    expectStatus(await remove(ids[2]), 204);
    refusal(await restore(ids[3]), 409, 'parent_in_trash');
    expectStatus(await restore(ids[2]), 200);
    expectStatus(await restore(ids[3]), 200);
    expect(await contents()).toEqual(['Rhine?', '1,230 km', 'Nile?', '6,650 km']);
  });

  it('does not come back when it is purged, cleared, of another session or owner, or never was', async () => {
    expectStatus(await remove(ids[3], '?permanently=true'), 204);
    refusal(await restore(ids[3]), 404, 'message_not_found');
    expectStatus(await remove(ids[2]), 204);
    refusal(await client.restoreMessage(await client.newSession(), ids[2]), 404, 'message_not_found');
    const stranger = await server.client();
    refusal(await stranger.restoreMessage(session, ids[2]), 404, 'session_not_found');
    expectStatus(await client.clear(session), 204);
    refusal(await restore(ids[2]), 404, 'message_not_found');
    for (const id of ['0', 'x', '999999999']) refusal(await restore(id), 404, 'message_not_found');
    expectStatus(await client.restoreMessages(session), 200);
    expectStatus(await restore(ids[2]), 200);
    expect(await contents()).toEqual(['Rhine?', '1,230 km', 'Nile?']);
  });

  it('refuses wrong parameters', async () => {
    for (const query of ['?replies=1', '?permanently=yes', '?replies=']) {
      expect((await remove(ids[3], query)).status).toBe(422);
    }
    expect(await contents()).toHaveLength(4);
  });

  it('goes whole when thousands follow from it, also by several requests at once, and comes back whole', async () => {
    const many = Array.from({ length: 100 }, (_, index) => ({ role: 'user', content: `message ${index}` }));
    for (let batch = 0; batch < 45; batch++) expectStatus(await client.saveBatch(session, many), 200);
    const before = await get();
    const answers = await Promise.all([1, 2, 3].map(() => remove(ids[1], '?replies=true')));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404]);
    expect(await contents()).toEqual(['Rhine?']);
    expect((await get()).messageCount).toBe(1);
    const restored = await Promise.all([ids[1], ids[2], ids[1]].map(restore));
    expect(restored.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { messageCount, preview, unreadCount } = await get();
    expect({ messageCount, preview, unreadCount }).toEqual({
      messageCount: before.messageCount,
      preview: before.preview,
      unreadCount: before.unreadCount,
    });
  });

  it('messages that were saved after a clear follow those that are restored', async () => {
    expectStatus(await client.clear(session), 204);
    const [after] = await saveAll(client, session, [{ content: 'Volga?' }]);
    expectStatus(await client.revise(session, String(after?.id), { content: 'Don?' }), 201);
    expectStatus(await client.restoreMessages(session), 200);
    expect(await contents()).toEqual(['Rhine?', '1,230 km', 'Nile?', '6,650 km', 'Don?']);
    const tree = expectStatus(await client.messages(session, '?tree=true&afterSequence=4'), 200).data;
    expect(tree.map(({ content, parentId, siblingCount }) => [content, parentId, siblingCount])).toEqual([
      ['Volga?', ids[3], 2],
      ['Don?', ids[3], 2],
    ]);
  });
});
