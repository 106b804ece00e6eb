import { Random } from '../../faults/clients/random.js';
import { LegacyClient } from '../../support/legacy/client.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { TreeModel, pathTo, type ModelMessage } from '../../support/rest/tree.js';
import { isFull } from '../../support/run/full.js';
import { TestServer } from '../../support/http/server.js';

const steps = isFull ? 1000 : 150;
const seed = Date.now() % 1_000_000;

describe(`${steps} edits, regenerations and switches (seed ${seed})`, () => {
  let server: TestServer;
  let client: Client;
  let session: string;
  let model: TreeModel;

  beforeAll(async () => {
    server = await TestServer.start();
    client = await server.client();
    session = await client.newSession();
    model = new TreeModel();
    const random = new Random(seed);
    for (let step = 0; step < steps; step++) await change(random, `text ${step}`);
  });
  afterAll(() => server.stop());

  async function change(random: Random, content: string): Promise<void> {
    const any = () => random.pick(model.messages);
    const kind = model.messages.length === 0 ? 'save' : random.weighted({ save: 3, answer: 3, revise: 3, choose: 2 });
    if (kind === 'save') {
      model.add(expectStatus(await client.save(session, { content }), 201).id, content);
    } else if (kind === 'answer') {
      const parent = any();
      model.add(expectStatus(await client.save(session, { content, parentId: parent.id }), 201).id, content, parent);
    } else if (kind === 'revise') {
      const original = any();
      model.revise(original, expectStatus(await client.revise(session, original.id, { content }), 201).id, content);
    } else {
      const message = any();
      expectStatus(await client.changeSession(session, { headId: message.id }), 200);
      model.choose(message);
    }
  }

  async function list(query = ''): Promise<string[]> {
    const found: string[] = [];
    for (let after = ''; ;) {
      const { data, nextCursor } = expectStatus(await client.messages(session, `?limit=97${query}${after}`), 200);
      found.push(...data.map(({ content }) => content));
      if (nextCursor === null) return found;
      after = `&after=${nextCursor}`;
    }
  }
  const texts = (messages: ModelMessage[]) => messages.map(({ content }) => content);

  it('leave the current branch of the model', async () => {
    expect(await list()).toEqual(texts(model.branch));
    expect(await list('&order=desc')).toEqual(texts(model.branch).reverse());
  });

  it('leave every version readable, at its place', async () => {
    const found = new Map<string, unknown>();
    for (let after = 0; ;) {
      const page = expectStatus(await client.messages(session, `?tree=true&limit=200&afterSequence=${after}`), 200);
      for (const { id, content, parentId, revisionOf, onCurrentBranch, siblingCount } of page.data) {
        found.set(id, { content, parentId, revisionOf, onCurrentBranch, siblingCount });
      }
      if (page.data.length === 0) break;
      after = page.lastSequence;
    }
    const branch = new Set(model.branch);
    const wanted = model.messages.map((message): [string, unknown] => {
      const { id, content, parent, revisionOf } = message;
      const siblingCount = model.siblingsOf(message).length;
      const onCurrentBranch = branch.has(message);
      return [id, { content, parentId: parent?.id ?? null, revisionOf, onCurrentBranch, siblingCount }];
    });
    expect(found).toEqual(new Map(wanted));
  });

  it('leave every other branch readable', async () => {
    const random = new Random(seed);
    for (let count = 0; count < 20; count++) {
      const end = random.pick(model.messages);
      expect(await list(`&head=${end.id}`)).toEqual(texts(pathTo(end)));
    }
  });

  it('are one line for pages of the plugin', async () => {
    const page = await LegacyClient.of(server, client.owner);
    const shown = await page.messages(session, { limit: '1000' });
    expect(shown.map(({ content }) => content)).toEqual(texts(model.branch));
    const history = await page.history({ limit: '1000' });
    expect(history.map(({ content }) => content).sort()).toEqual(texts(model.branch).sort());
  });
});
