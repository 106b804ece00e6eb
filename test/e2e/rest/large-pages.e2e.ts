import { expectStatus, type Client } from '../../support/rest/client.js';
import { itemAt, saveAll, walkMessages } from '../../support/rest/data.js';
import { TestServer } from '../../support/http/server.js';

const mebibyte = 1024 * 1024;

describe('a page of large messages', () => {
  let server: TestServer;
  let client: Client;
  let id: string;

  beforeAll(async () => {
    server = await TestServer.start({ CONTENT_MAX_BYTES: String(4 * mebibyte) });
  });
  beforeEach(async () => {
    client = await server.client();
    id = await client.newSession();
  });
  afterAll(() => server.stop());

  const sizes = async (query: string) => (await walkMessages(client, id, query)).map(({ length }) => length);

  it('ends when its contents pass 8 MiB, in both directions', async () => {
    const contents = Array.from({ length: 12 }, (_, n) => ({ content: String(n).padEnd(mebibyte, '.') }));
    const saved = await saveAll(client, id, contents);
    const pages = await walkMessages(client, id, 'limit=200');
    expect(pages.map(({ length }) => length)).toEqual([8, 4]);
    expect(pages.flat()).toEqual(saved);
    expect(await sizes('order=desc')).toEqual([8, 4]);
    expect(await sizes('limit=5')).toEqual([5, 5, 2]);
  });

  it('counts bytes, not characters', async () => {
    // 2 MiB each, of half a million characters.
    await saveAll(client, id, Array<object>(5).fill({ content: '🌍'.repeat(mebibyte / 2) }));
    expect(await sizes('limit=200')).toEqual([4, 1]);
  });

  it('counts the bytes of escapes in JSON, and may have one message of any size', async () => {
    // 0.5 MiB each, and 3 MiB in JSON.
    const contents = Array<object>(6).fill({ content: '\u001f'.repeat(mebibyte / 2) });
    const saved = await saveAll(client, id, contents);
    const pages = await walkMessages(client, id, 'limit=200');
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 2]);
    expect(pages.flat()).toEqual(saved);
    expect(await sizes('order=desc')).toEqual([2, 2, 2]);
    await client.call('DELETE', `/api/v1/sessions/${id}/messages`);
    await saveAll(client, id, [{ content: '\u001f'.repeat(2 * mebibyte) }, { content: 'x' }]);
    expect(await sizes('limit=200')).toEqual([1, 1]);
  });

  it('has as many of the largest messages as fit, and small ones between them', async () => {
    const long = { content: 'x'.repeat(4 * mebibyte) };
    const short = { content: 'y' };
    const saved = await saveAll(client, id, [long, long, short, long, short, long, short, short]);
    const pages = await walkMessages(client, id, 'limit=200');
    expect(pages.map(({ length }) => length)).toEqual([2, 3, 3]);
    expect(pages.flat()).toEqual(saved);
    expect(itemAt(expectStatus(await client.messages(id, '?limit=1'), 200).data, 0)).toEqual(saved[0]);
  });

  it('has the requested number of short messages', async () => {
    const contents = Array.from({ length: 40 }, () => client.save(id, { content: 'z'.repeat(50_000) }));
    for (const answer of await Promise.all(contents)) expectStatus(answer, 201);
    expect(await sizes('limit=40')).toEqual([40]);
    expect(await sizes('limit=39')).toEqual([39, 1]);
  });
});
