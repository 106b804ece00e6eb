import { expectStatus } from '../../support/rest/client.js';
import { TestServer } from '../../support/http/server.js';

/** Limits the file to this many pages of 4 KiB, which has the effect of a disk of that size. */
async function limitPages(server: TestServer, pages: number): Promise<void> {
  await server.dataSource.query(`PRAGMA max_page_count = ${pages}`);
}

describe('a full disk', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());

  it('gives 503 for saves, allows reads, loses nothing, and allows saves again when there is space', async () => {
    const client = await server.client();
    const id = await client.newSession();
    await limitPages(server, 200);
    const content = 'x'.repeat(100_000);
    let saved = 0;
    let answer = await client.save(id, { content });
    while (answer.status === 201 && saved < 50) {
      saved++;
      answer = await client.save(id, { content });
    }
    expect(saved).toBeGreaterThan(2);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(answer.body).toMatchObject({ code: 'database_unavailable' });
    expect((await client.save(id, { content })).status).toBe(503);

    expect(expectStatus(await client.messages(id), 200).data).toHaveLength(saved);
    expect(expectStatus(await client.session(id), 200).messageCount).toBe(saved);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);

    await limitPages(server, 100_000);
    expect(expectStatus(await client.save(id, { content }), 201).sequence).toBe(saved + 1);
  });
});
