import { expectStatus, type Client } from '../../support/rest/client.js';
import { idsOf, saveAll } from '../../support/rest/data.js';
import { refusal } from '../../support/rest/problems.js';
import { TestServer } from '../../support/http/server.js';
import { waitUntil } from '../../support/run/wait-until.js';

const kibibyte = 1024;

describe('quotas and the trash', () => {
  let server: TestServer;
  let client: Client;

  beforeAll(async () => {
    server = await TestServer.start({
      ...{ QUOTA_OWNER_MB: '1', QUOTA_OWNER_SESSIONS: '3', QUOTA_OWNER_MESSAGES: '4', QUOTA_OWNER_MB_PER_MINUTE: '2' },
    });
  });
  beforeEach(async () => {
    client = await server.client();
  });
  afterAll(() => server.stop());

  const filled = async (id: string, messages: number, kibibytes = 1) => {
    await client.newSession({ id });
    await saveAll(
      client,
      id,
      Array.from({ length: messages }, () => ({ content: 'x'.repeat(kibibytes * kibibyte) })),
    );
  };
  const trash = async () => idsOf(expectStatus(await client.sessions('?state=trash&order=created'), 200).data);

  it('do not count what is in it, and refuse to restore more than there is room for', async () => {
    await filled('a', 3);
    expectStatus(await client.deleteSession('a'), 204);
    await filled('b', 2);
    refusalOfQuota(await client.restoreSession('a'));
    expect(await trash()).toEqual(['a']);
    expectStatus(await client.deleteSession('b', '?permanently=true'), 204);
    expectStatus(await client.restoreSession('a'), 200);
    await filled('c', 1);
    expectStatus(await client.clear('c'), 204);
    await saveAll(client, 'c', [{ content: 'more' }]);
    refusalOfQuota(await client.restoreMessages('c'));
    expect(expectStatus(await client.session('c'), 200).messageCount).toBe(1);
    expectStatus(await client.deleteSession('a', '?permanently=true'), 204);
    expect(expectStatus(await client.restoreMessages('c'), 200).messageCount).toBe(2);
  });

  const refusalOfQuota = (answer: { status: number; body: unknown }) => {
    expect(answer).toMatchObject({
      status: 403,
      body: { code: 'quota_exceeded', quota: { name: 'messages', limit: 4 } },
    });
  };

  it.each([
    ['messages', 2, 1],
    ['bytes', 1, 500],
  ])('bound it in %s: the oldest deletions are purged', async (_name, messages, kibibytes) => {
    for (const id of ['a', 'b', 'c']) {
      await filled(id, messages, kibibytes);
      expectStatus(await client.deleteSession(id), 204);
    }
    expect(await trash()).toEqual(['c', 'b']);
    refusal(await client.restoreSession('a'), 404, 'session_not_found');
    await waitUntil(async () => expectStatus(await client.sessions('?state=all'), 200).data.length === 2);
  });

  it('bound the number of deletions, also of messages, and keep the newest ones', async () => {
    await client.newSession({ id: 'a' });
    for (const content of ['1', '2', '3', '4']) {
      await saveAll(client, 'a', [{ content }]);
      expectStatus(await client.clear('a'), 204);
    }
    for (const expected of [1, 2, 3]) {
      expect(expectStatus(await client.restoreMessages('a'), 200).messageCount).toBe(expected);
    }
    refusal(await client.restoreMessages('a'), 404, 'nothing_in_trash');
  });

  it('do not take what is restored for what is sent', async () => {
    await filled('a', 1, 1000);
    for (const round of [1, 2, 3]) {
      expectStatus(await client.deleteSession('a'), 204);
      expect(expectStatus(await client.restoreSession('a'), 200).version).toBe(1 + 2 * round);
    }
    expectStatus(await client.save('a', { content: 'x' }), 201);
  });
});
