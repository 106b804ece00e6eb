import { numbers, settleAll } from '../../support/database/access.js';
import { LegacyClient, firstAddress, laterAddress } from '../../support/legacy/client.js';
import { PluginPage, pageVersions, type PageVersion } from '../../support/legacy/plugin-page.js';
import { TestServer } from '../../support/http/server.js';
import { Upstream } from '../../support/legacy/upstream.js';

/** A time of whole seconds, some days ago. */
const noon = 1_795_000_000;
const content = (index: number) => `message ${index} of this chat`;

/** V1 asks for its project after another request, so that its history is there first. */
const cases = pageVersions.flatMap((version): [PageVersion, 'history' | 'project', string][] =>
  (version === 'V1' ? (['history'] as const) : (['history', 'project'] as const)).flatMap((first) =>
    [firstAddress, laterAddress].map((path): [PageVersion, 'history' | 'project', string] => [version, first, path]),
  ),
);

describe('a page after a reload, when load_project is passed on', () => {
  let upstream: Upstream;
  let server: TestServer;
  /** Users with this many messages, which V1 or a later version has saved. */
  const filled = new Map<string, LegacyClient>();

  beforeAll(async () => {
    upstream = await Upstream.start();
    server = await TestServer.start({ LEGACY_UPSTREAM_URL: upstream.url });
    const users = (['V1', 'V3'] as const).flatMap((version) => [10, 80].map((length) => ({ version, length })));
    await settleAll(
      users.map(async ({ version, length }) => {
        const client = await LegacyClient.of(server);
        await save(client, numbers(length), version);
        filled.set(`${length} of ${version}`, client);
      }),
    );
  });
  beforeEach(() => {
    frozen([]);
  });
  afterAll(async () => {
    await server.stop();
    await upstream.stop();
  });

  /** The rows that Moodle's own tables keep for ever, as the original answers them. */
  function frozen(indexes: number[]): void {
    const chatHistory = indexes.map((index) => {
      return { role: index % 2 ? 'assistant' : 'user', content: content(index), timestamp: String(noon + index) };
    });
    const project = { metadata: { title: '' }, plan: { ideas: [] }, write: {}, edit: {}, chatHistory };
    upstream.answer = (response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ success: true, project }));
  }

  /** Saves messages as the page of the version does. */
  async function save(client: LegacyClient, indexes: number[], version: PageVersion): Promise<void> {
    for (const index of indexes) {
      const time = noon + index;
      await client.append({
        session_id: 'chat-1',
        role: index % 2 ? 'assistant' : 'user',
        content: content(index),
        timestamp: version === 'V1' ? String(time) : new Date(time * 1000 + 7).toISOString(),
      });
    }
  }
  const userOf = (version: PageVersion, length: number) => {
    const client = filled.get(`${length} of ${version === 'V1' ? 'V1' : 'V3'}`);
    if (!client) throw new Error('there is no such user');
    return client;
  };
  const contents = (page: PluginPage) => page.drawn.map((message) => message.content);

  it.each(cases)('%s, with the %s first, at %s: shows ten messages once and in order', async (version, first, path) => {
    // Moodle has the first six, which were imported.
    frozen(numbers(6));
    const page = new PluginPage(userOf(version, 10), version, path);
    await page.open(first);
    expect(contents(page)).toEqual(numbers(10).map(content));
    await page.scrollToTheTop();
    expect(contents(page)).toEqual(numbers(10).map(content));
  });

  it.each(cases)('%s, with the %s first, at %s: shows 80 messages once', async (version, first, path) => {
    frozen(numbers(60));
    const page = new PluginPage(userOf(version, 80), version, path);
    await page.open(first);
    expect(contents(page)).toEqual(numbers(80).slice(-50).map(content));
    await page.scrollToTheTop();
    // The pages themselves turn the order of what they load then.
    expect(contents(page).sort()).toEqual(numbers(80).map(content).sort());
    expect(contents(page).slice(-50)).toEqual(numbers(80).slice(-50).map(content));
  });

  it.each(cases)('%s, with the %s first, at %s: a new student sees what is saved', async (version, first, path) => {
    const client = await LegacyClient.of(server);
    const empty = new PluginPage(client, version, path);
    await empty.open(first);
    expect(contents(empty)).toEqual([]);
    await save(client, [0, 1], version);
    const page = new PluginPage(client, version, path);
    await page.open(first);
    expect(contents(page)).toEqual([0, 1].map(content));
  });

  it('shows the messages of all chats, in the order of their times', async () => {
    const client = await LegacyClient.of(server);
    for (const [index, session] of ['chat-1', 'default', 'chat-2', 'chat-1'].entries()) {
      await client.append({ session_id: session, content: content(index), timestamp: String(noon + index) });
    }
    for (const version of ['V1', 'V3'] as const) {
      const page = new PluginPage(client, version);
      await page.open('history');
      expect(contents(page)).toEqual(numbers(4).map(content));
    }
  });

  it('shows nothing after the chats were deleted', async () => {
    frozen(numbers(6));
    const client = await LegacyClient.of(server);
    await save(client, numbers(8), 'V1');
    await client.call('delete_chat_session', { session_id: 'chat-1' });
    const page = new PluginPage(client, 'V1');
    await page.open('history');
    expect(contents(page)).toEqual([]);
  });
});
