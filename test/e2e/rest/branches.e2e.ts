import type { ListedMessageDto } from '../../../src/messages/message-page.dto.js';
import { wrongFields, refusal } from '../../support/rest/problems.js';
import { idsOf, itemAt, saveAll } from '../../support/rest/data.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { TestServer } from '../../support/http/server.js';

describe('branches', () => {
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
      { content: '6,650 km', role: 'assistant' },
    ]);
    ids = idsOf(saved) as typeof ids;
  });
  afterAll(() => server.stop());

  const list = async (query = '') => expectStatus(await client.messages(session, query), 200);
  const contents = async (query = '') => (await list(query)).data.map(({ content }) => content);
  const tree = async () => (await list('?tree=true')).data;
  const places = async () =>
    (await tree()).map(({ content, parentId, revisionOf, onCurrentBranch, siblingCount }: ListedMessageDto) => [
      content,
      parentId,
      revisionOf,
      onCurrentBranch,
      siblingCount,
    ]);
  const choose = (headId: string) => client.changeSession(session, { headId });

  it('an edit is a version next to the message, with which the current branch ends', async () => {
    const edited = expectStatus(await client.revise(session, ids[2], { content: 'Volga?' }), 201);
    expect(edited).toMatchObject({
      role: 'user',
      content: 'Volga?',
      parentId: ids[1],
      revisionOf: ids[2],
      sequence: 5,
    });
    expect(await contents()).toEqual(['Rhine?', '1,230 km', 'Volga?']);
    expectStatus(await client.save(session, { role: 'assistant', content: '3,531 km' }), 201);
    expect(await contents('?order=desc')).toEqual(['3,531 km', 'Volga?', '1,230 km', 'Rhine?']);
    const last = itemAt(await tree(), -1);
    expect(await places()).toEqual([
      ['Rhine?', null, null, true, 1],
      ['1,230 km', ids[0], null, true, 1],
      ['Nile?', ids[1], null, false, 2],
      ['6,650 km', ids[2], null, false, 1],
      ['Volga?', ids[1], ids[2], true, 2],
      ['3,531 km', edited.id, null, true, 1],
    ]);
    expect(expectStatus(await client.message(session, ids[3]), 200).content).toBe('6,650 km');
    expect(last.parentId).toBe(edited.id);
  });

  it('an edit of the first message begins the session anew', async () => {
    const edited = expectStatus(await client.revise(session, ids[0], { content: 'Elbe?' }), 201);
    expect(edited).toMatchObject({ parentId: null, revisionOf: ids[0] });
    expect(await contents()).toEqual(['Elbe?']);
    expect((await places()).slice(-1)).toEqual([['Elbe?', null, ids[0], true, 2]]);
  });

  it('the same edit again saves nothing, and neither does one without a difference', async () => {
    const change = { content: 'Volga?', format: 'mine', payload: [1] };
    const edited = expectStatus(await client.revise(session, ids[2], change), 201);
    expect(expectStatus(await client.revise(session, ids[2], change), 200)).toEqual(edited);
    expect(expectStatus(await client.revise(session, ids[2], { content: 'Nile?' }), 200).id).toBe(ids[2]);
    expect(await contents()).toEqual(['Rhine?', '1,230 km', 'Volga?']);
    expect((await list('?tree=true')).data).toHaveLength(5);
    expectStatus(await client.revise(session, ids[2], { ...change, payload: [2] }), 201);
  });

  it('a reply is generated once more with parentId', async () => {
    const message = { role: 'assistant', content: '6,695 km', parentId: ids[2] };
    const again = expectStatus(await client.save(session, message), 201);
    expect(await contents()).toEqual(['Rhine?', '1,230 km', 'Nile?', '6,695 km']);
    expect((await tree()).find(({ id }) => id === again.id)).toMatchObject({ siblingCount: 2, revisionOf: null });
    // The end of the branch is no other place than without it.
    expectStatus(await client.save(session, { content: 'Thanks', parentId: again.id }), 201);
    expect(await contents()).toEqual(['Rhine?', '1,230 km', 'Nile?', '6,695 km', 'Thanks']);
  });

  it('the version of the session tells that the branch has moved, and not that it goes on', async () => {
    const version = () => client.session(session).then((answer) => expectStatus(answer, 200).version);
    expectStatus(await client.save(session, { content: 'Thanks' }), 201);
    expectStatus(await client.revise(session, ids[0], { content: 'Rhine?' }), 200);
    expect(await version()).toBe(1);
    expectStatus(await client.save(session, { role: 'assistant', content: '6,695 km', parentId: ids[2] }), 201);
    expect(await version()).toBe(2);
    expectStatus(await client.revise(session, ids[0], { content: 'Elbe?' }), 201);
    expect(await version()).toBe(3);
  });

  it('headId chooses the branch through a message, to its newest end', async () => {
    const version = () => client.session(session).then((answer) => expectStatus(answer, 200).version);
    expectStatus(await client.revise(session, ids[0], { content: 'Elbe?' }), 201);
    expectStatus(await client.save(session, { role: 'assistant', content: '1,094 km' }), 201);
    const before = await version();
    expectStatus(await choose(ids[1]), 200);
    expect(await contents()).toEqual(['Rhine?', '1,230 km', 'Nile?', '6,650 km']);
    expectStatus(await choose(ids[3]), 200);
    expect(await version()).toBe(before + 1);
    const [, , , , elbe] = idsOf(await tree());
    expectStatus(await choose(String(elbe)), 200);
    expect(await contents()).toEqual(['Elbe?', '1,094 km']);
    expectStatus(await client.save(session, { content: 'Oder?' }), 201);
    expect(await contents()).toEqual(['Elbe?', '1,094 km', 'Oder?']);
  });

  it('head lists another branch, in pages and in each order', async () => {
    const edited = expectStatus(await client.revise(session, ids[2], { content: 'Volga?' }), 201);
    expect(await contents(`?head=${ids[3]}`)).toEqual(['Rhine?', '1,230 km', 'Nile?', '6,650 km']);
    expect(await contents(`?head=${ids[0]}`)).toEqual(['Rhine?']);
    expect(await contents(`?head=${edited.id}`)).toEqual(await contents());
    expect(await contents(`?head=${ids[3]}&afterSequence=2`)).toEqual(['Nile?', '6,650 km']);
    for (const order of ['asc', 'desc'] as const) {
      const all = await contents(`?head=${ids[3]}&order=${order}`);
      const found: string[] = [];
      for (let after = ''; ;) {
        const page = await list(`?head=${ids[3]}&order=${order}&limit=3${after}`);
        found.push(...page.data.map(({ content }) => content));
        if (page.nextCursor === null) break;
        after = `&after=${page.nextCursor}`;
      }
      expect(found).toEqual(all);
    }
  });

  it('the tree is read in pages', async () => {
    expectStatus(await client.revise(session, ids[2], { content: 'Volga?' }), 201);
    const first = await list('?tree=true&limit=3');
    const second = await list(`?tree=true&limit=3&after=${first.nextCursor}`);
    expect([...first.data, ...second.data]).toEqual(await tree());
    expect(second.nextCursor).toBeNull();
    expect((await list(`?tree=true&afterSequence=${first.lastSequence}`)).data).toEqual(second.data);
  });

  it('a timestamp before the parent is that of the parent', async () => {
    const old = { content: 'old', timestamp: '2001-01-01T00:00:00.000Z', clientMessageId: 'old-1' };
    const { timestamp } = itemAt((await list()).data, 2);
    const saved = expectStatus(await client.save(session, { ...old, parentId: ids[2] }), 201);
    expect(saved.timestamp).toBe(timestamp);
    expect(expectStatus(await client.save(session, { ...old, parentId: ids[2] }), 200)).toEqual(saved);
    const later = { ...old, parentId: ids[2], timestamp: new Date(Date.now() + 1000).toISOString() };
    refusal(await client.save(session, later), 409, 'client_message_id_conflict');
    refusal(await client.save(session, { ...old, parentId: ids[1] }), 409, 'client_message_id_conflict');
  });

  it('a reply that is still written cannot be edited, and one that nobody writes can', async () => {
    const reply = { role: 'assistant', content: 'The ', status: 'in_progress', parentId: ids[2] };
    const { id, lease } = expectStatus(await client.save(session, reply), 201);
    refusal(await client.revise(session, id, { content: 'x' }), 409, 'message_in_progress');
    expectStatus(await client.change(session, id, { lease, offset: 4, append: 'Nile', status: 'incomplete' }), 200);
    expectStatus(await client.revise(session, id, { content: 'The Nile' }), 200);
    expectStatus(await client.revise(session, id, { content: 'The Nile is long.' }), 201);
    expect(await contents()).toEqual(['Rhine?', '1,230 km', 'Nile?', 'The Nile is long.']);
  });

  it('a batch may answer messages of the session', async () => {
    const answers = [
      { role: 'assistant', content: '1,233 km', parentId: ids[0] },
      { role: 'user', content: 'Sure?' },
    ];
    expectStatus(await client.saveBatch(session, answers), 200);
    expect(await contents()).toEqual(['Rhine?', '1,233 km', 'Sure?']);
    const wrong = await client.saveBatch(session, [answers[1], { ...answers[0], parentId: '999999999' }]);
    expect(wrongFields(wrong)).toEqual(['/messages/1/parentId']);
    expect(await contents()).toEqual(['Rhine?', '1,233 km', 'Sure?']);
  });

  it('the preview and the unread messages of the session are those of the current branch', async () => {
    const summary = async () => {
      const { preview, unreadCount, lastReadSequence } = expectStatus(await client.session(session), 200);
      return [preview?.text, unreadCount, lastReadSequence];
    };
    expect(await summary()).toEqual(['6,650 km', 1, 3]);
    expectStatus(await client.save(session, { role: 'assistant', content: '6,695 km', parentId: ids[2] }), 201);
    expectStatus(await client.save(session, { role: 'assistant', content: 'or so' }), 201);
    expect(await summary()).toEqual(['or so', 2, 3]);
    expectStatus(await choose(ids[3]), 200);
    expect(await summary()).toEqual(['6,650 km', 1, 3]);
    expectStatus(await client.revise(session, ids[0], { content: 'Elbe?' }), 201);
    expect(await summary()).toEqual(['Elbe?', 0, 7]);
    const begun = { role: 'assistant', content: 'Long ', status: 'in_progress' };
    const { id, lease } = expectStatus(await client.save(session, begun), 201);
    expectStatus(await choose(ids[3]), 200);
    expectStatus(await client.change(session, id, { lease, offset: 5, append: 'x', status: 'complete' }), 200);
    expect(await summary()).toEqual(['6,650 km', 0, 7]);
  });

  it('a search finds the current branch', async () => {
    const found = async () => expectStatus(await client.search('nile'), 200).data.map(({ messageId }) => messageId);
    expect(await found()).toEqual([ids[2]]);
    expectStatus(await client.revise(session, ids[2], { content: 'Volga?' }), 201);
    expect(await found()).toEqual([]);
    expectStatus(await choose(ids[2]), 200);
    expect(await found()).toEqual([ids[2]]);
  });

  describe('a wrong place', () => {
    it.each(['0', '-1', 'x', '1e3', '99999999999999999999', ' 1'])('%s is refused with its name', async (id) => {
      expect(wrongFields(await client.save(session, { content: 'x', parentId: id }))).toEqual(['/parentId']);
      expect(wrongFields(await choose(id))).toEqual(['/headId']);
      const listed = await client.messages(session, `?head=${encodeURIComponent(id)}`);
      expect(wrongFields(listed)).toEqual(['/head']);
    });

    it('of another session or owner is refused', async () => {
      const other = await client.newSession();
      const [foreign] = idsOf(await saveAll(client, other, [{ content: 'foreign' }]));
      const stranger = await server.client();
      const [theirs] = idsOf(await saveAll(stranger, await stranger.newSession(), [{ content: 'theirs' }]));
      for (const id of [foreign, theirs, '999999999'].map(String)) {
        expect(wrongFields(await client.save(session, { content: 'x', parentId: id }))).toEqual(['/parentId']);
        expect(wrongFields(await choose(id))).toEqual(['/headId']);
        refusal(await client.messages(session, `?head=${id}`), 404, 'message_not_found');
        refusal(await client.revise(session, id, { content: 'x' }), 404, 'message_not_found');
      }
      expect(await tree()).toHaveLength(4);
    });

    it.each([[`tree=true&order=asc`], [`tree=true&head=1`], [`tree=yes`]])('%s is refused', async (query) => {
      expect(wrongFields(await client.messages(session, `?${query}`))).toEqual(['/tree']);
    });
  });
});
