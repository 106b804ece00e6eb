import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { storeTables } from '../../src/database/store-tables.js';
import { runBackupProcess, runRestoreProcess } from '../support/backup/commands.js';
import { withDataSource } from '../support/database/access.js';
import { everyRow } from '../support/database/copies.js';
import { createDatabase, type TestDatabase } from '../support/database/test-database.js';
import { endPrograms, newFolder } from '../support/process/program.js';
import { ServerProcess, testSecret } from '../support/process/server.js';
import { expectStatus, type Answer } from '../support/rest/client.js';
import { isFull } from '../support/run/full.js';

const engines = process.env.TEST_DATABASE_URL ? (['sqlite', 'mariadb'] as const) : (['sqlite'] as const);
const rounds = isFull ? 5 : 2;
const clients = 8;

/** What clients have got an answer for: the id of each message. */
type Acknowledged = Map<string, string>;

/** Clients that save, retry, clear and delete until they are stopped. */
class Load {
  readonly acknowledged: Acknowledged = new Map();
  #isStopped = false;
  #running: Promise<void>[] = [];

  constructor(private readonly server: ServerProcess) {}

  start(): void {
    this.#running = Array.from({ length: clients }, (_, index) => this.run(index));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#running);
  }

  /** @throws what has ended a client */
  async untilAcknowledged(count: number): Promise<void> {
    const reached = async () => {
      while (this.acknowledged.size < count && !this.#isStopped) await sleep(10);
    };
    await Promise.race([reached(), ...this.#running]);
  }

  private async run(index: number): Promise<void> {
    const client = await this.server.client({ userId: 10 + index, activityId: 1 });
    const kept = (await accepted(() => client.createSession(), 201)).id;
    for (let number = 0; !this.#isStopped; number++) {
      const message = { content: `${index} ü ${number} ${'👨‍👩‍👧'.repeat(number % 200)}`, clientMessageId: `c${number}` };
      const saved = await accepted(() => client.save(kept, message), 201);
      this.acknowledged.set(saved.id, message.content);
      // The same again is a transaction that is rolled back or finds the row.
      await client.save(kept, message);
      if (number % 5 === 0) {
        const other = (await accepted(() => client.createSession({ title: `t${number}` }), 201)).id;
        await client.save(other, { content: 'x'.repeat(30_000) });
        await accepted(() => client.deleteSession(other), 204);
      }
    }
  }
}

/** Sends again while the server refuses because it is busy. @returns the body of the answer */
async function accepted<Body>(request: () => Promise<Answer<Body>>, status: number): Promise<Body> {
  for (;;) {
    const answer = await request();
    if (answer.status !== 503) return expectStatus(answer, status);
    await sleep(100);
  }
}

/** What a state must have at every moment: no orphans, counters that equal the rows, sequences without a gap. */
async function brokenRules(database: TestDatabase): Promise<unknown[]> {
  return withDataSource(database, async (dataSource) => {
    const bytes = dataSource.options.type === 'better-sqlite3' ? 'BLOB' : 'BINARY';
    const found = await dataSource.query<unknown[]>(
      `SELECT s.session_id, s.message_count, s.last_sequence, s.content_bytes, COUNT(m.id) AS found
       FROM writeassistdev_chat_sessions s LEFT JOIN writeassistdev_chat m ON m.writeassistdevid = s.writeassistdevid
         AND m.userid = s.userid AND m.chat_session_id = s.session_id
       GROUP BY s.writeassistdevid, s.userid, s.session_id, s.message_count, s.last_sequence, s.content_bytes
       HAVING COUNT(m.id) <> s.message_count OR COALESCE(MAX(m.sequence), 0) <> s.last_sequence
OR COALESCE(SUM(LENGTH(CAST(m.content AS ${bytes}))), 0) <> s.content_bytes`,
    );
    const orphans = await dataSource.query<unknown[]>(
      `SELECT m.id FROM writeassistdev_chat m LEFT JOIN writeassistdev_chat_sessions s
         ON s.writeassistdevid = m.writeassistdevid AND s.userid = m.userid AND s.session_id = m.chat_session_id
       WHERE s.session_id IS NULL`,
    );
    return [...found, ...orphans];
  });
}

/** Id and content of every message, in the order of ids. */
function messages(database: TestDatabase): Promise<Map<string, string>> {
  return withDataSource(database, async (dataSource) => {
    const rows = await dataSource.query<{ id: number | string; content: string }[]>(
      'SELECT id, content FROM writeassistdev_chat ORDER BY id',
    );
    return new Map(rows.map(({ id, content }) => [String(id), content]));
  });
}

const digest = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');

describe.each(engines)('a backup on %s while clients save', (engine) => {
  let source: TestDatabase;
  let server: ServerProcess;
  const targets: TestDatabase[] = [];
  const newTarget = async () => {
    const target = await createDatabase(engine);
    targets.push(target);
    return target;
  };

  beforeAll(async () => {
    source = await createDatabase(engine);
    server = await ServerProcess.start({ ...source.environment, JWT_SECRET: testSecret });
  }, 60_000);
  afterAll(async () => {
    await endPrograms();
    for (const database of [source, ...targets]) await database.drop();
  });

  it('has everything that was acknowledged before, of one moment, and equals the source when nobody saves', async () => {
    const folder = newFolder();
    const load = new Load(server);
    load.start();
    for (let round = 1; round <= rounds; round++) {
      await load.untilAcknowledged(load.acknowledged.size + 100);
      const before = new Map(load.acknowledged);
      const file = join(folder, `backup-${round}`);
      const ending = await runBackupProcess(source.environment, file);
      expect([ending.code, ending.stderr]).toEqual([0, '']);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const savedMeanwhile = load.acknowledged.size - before.size;

      const target = await newTarget();
      expect(await runRestoreProcess(target.environment, file)).toMatchObject({ code: 0, stderr: '' });
      const restored = await messages(target);
      const missing = [...before].filter(([id, content]) => restored.get(id) !== content);
      expect(missing).toEqual([]);
      expect(savedMeanwhile).toBeGreaterThan(0);
      expect(await brokenRules(target)).toEqual([]);
    }
    await load.stop();

    const last = join(folder, 'last');
    expect(await runBackupProcess(source.environment, last)).toMatchObject({ code: 0 });
    await server.end();
    const target = await newTarget();
    expect(await runRestoreProcess(target.environment, last)).toMatchObject({ code: 0, stderr: '' });
    const [rows, restored] = [await everyRow(source), await everyRow(target)];
    expect(Object.keys(rows)).toEqual(
      await withDataSource(source, (one) => Promise.resolve(storeTables(one).map(({ name }) => name))),
    );
    expect(rows.writeassistdev_chat?.length).toBeGreaterThan(load.acknowledged.size - 1);
    expect(digest(restored)).toBe(digest(rows));

    const restarted = await ServerProcess.start({ ...target.environment, JWT_SECRET: testSecret });
    const client = await restarted.client({ userId: 10, activityId: 1 });
    const [session] = expectStatus(await client.sessions(), 200).data;
    const { id } = expectStatus(await client.save(session?.id ?? '', { content: 'after' }), 201);
    // Ids go on where they were, also behind those of deleted rows.
    const ids = [...load.acknowledged.keys()].map(Number);
    expect(Number(id)).toBeGreaterThan(Math.max(...ids));
  }, 300_000);
});
