import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, type TestDatabase } from '../support/database/test-database.js';
import { buildPreviousRelease } from '../support/process/previous-release.js';
import { endPrograms, type Environment } from '../support/process/program.js';
import { ServerProcess, testSecret } from '../support/process/server.js';
import { expectStatus, type Client } from '../support/rest/client.js';

const engines = process.env.TEST_DATABASE_URL ? (['sqlite', 'mariadb'] as const) : (['sqlite'] as const);

describe.each(engines)('the previous release on %s', (engine) => {
  let folder: string;
  let previous: string[];
  let database: TestDatabase;
  let environment: Environment;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'previous-release-'));
    previous = buildPreviousRelease(folder);
  }, 300_000);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    database = await createDatabase(engine);
    environment = { ...database.environment, JWT_SECRET: testSecret };
  });
  afterEach(async () => {
    await endPrograms();
    await database.drop();
  });

  const startPrevious = () => ServerProcess.start(environment, undefined, previous);
  const startToday = () => ServerProcess.start(environment);

  /** Two sessions with messages, of which the second is active, and all that a client reads of them. */
  async function write(client: Client): Promise<void> {
    for (const [index, title] of ['Essay', 'Größe 𝄞'].entries()) {
      const session = await client.newSession({ title });
      for (const content of ['first', 'line\nbreak', '😀'.repeat(1000)]) {
        expectStatus(await client.save(session, { content, clientMessageId: `${index}-${content.length}` }), 201);
      }
    }
  }
  /** The release of today has more fields. */
  async function readAll(client: Client): Promise<object> {
    const sessions = expectStatus(await client.sessions(), 200).data;
    const messages = sessions.map(async ({ id }) => expectStatus(await client.messages(id), 200).data);
    return { sessions, messages: await Promise.all(messages), active: expectStatus(await client.active(), 200) };
  }

  it('is upgraded: everything is there, repeated requests are known, and chats go on', async () => {
    const old = await startPrevious();
    await write(await old.client());
    const before = await readAll(await old.client());
    expect((await old.end()).code).toBe(0);

    const today = await startToday();
    const client = await today.client();
    expect(await readAll(client)).toMatchObject(before);
    const [session] = expectStatus(await client.sessions(), 200).data;
    const again = { content: 'first', clientMessageId: '1-5' };
    expectStatus(await client.save(String(session?.id), again), 200);
    expectStatus(await client.save(String(session?.id), { content: 'fourth' }), 201);
  });

  it('runs on the schema of today, where that allows it, and can come back', async () => {
    const today = await startToday();
    await write(await today.client());
    const before = await readAll(await today.client());
    await today.end();

    const old = await startPrevious();
    const client = await old.client();
    expect(before).toMatchObject(await readAll(client));
    const session = await client.newSession({ title: 'of the previous release' });
    expectStatus(await client.save(session, { content: 'meanwhile' }), 201);
    const meanwhile = await readAll(client);
    expect((await old.end()).code).toBe(0);
    expect(await readAll(await (await startToday()).client())).toMatchObject(meanwhile);
  });
});
