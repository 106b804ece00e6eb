import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { numbers, withDataSource } from '../support/database/access.js';
import { createDatabase, type TestDatabase } from '../support/database/test-database.js';
import { MoodleDatabase, autumn } from '../support/moodle/moodle-database.js';
import { Program, endPrograms, root, runOurs } from '../support/process/program.js';
import { itemAt } from '../support/rest/data.js';
import { full, isFull } from '../support/run/full.js';
import { readConfig } from '../../src/config/read-config.js';
import type { Summary } from '../../src/import/report/summary.js';

const engines = full<'sqlite' | 'mariadb'>(['sqlite', 'mariadb'], ['mariadb']);
const kills = isFull ? 10 : 1;
const messages = isFull ? 24_000 : 6_000;
const owners = 60;
const works = isFull ? 1800 : 600;

/** Adds many owners with a few messages and one with many, in all shapes of messages. */
async function fill(moodle: MoodleDatabase): Promise<void> {
  await moodle.createChat();
  await moodle.createSessions();
  await moodle.createWork();
  const people = numbers(owners);
  const userOf = (index: number) => (index % 3 === 0 ? 2 : 3 + (index % 57));
  await moodle.addSessions(
    people.map((index) => ({ userId: index + 2, session: `chat_${index}`, title: `Nö ${index}`, active: true })),
  );
  await moodle.addMessages(
    numbers(messages).map((index) => ({
      userId: userOf(index),
      session: ['chat-1', `chat_${userOf(index) - 2}`, 'CHAT-1', ''][index % 4] ?? '',
      role: index % 2 ? 'assistant' : 'user',
      content: index % 500 === 0 ? '🌍'.repeat(20_000) : `message ${index % 100}`,
      // Many equal seconds, and some invalid times.
      timestamp: index % 50 === 0 ? 2025 : autumn + Math.floor(index / 9),
      createdAt: autumn + Math.floor(index / 9) + 1,
    })),
  );
  for (const index of people) {
    const chatHistory = numbers(works / owners).map((entry) => ({ role: 'user', content: `entry ${entry % 7}` }));
    await moodle.addWork({ chatHistory }, { userId: index + 2 });
  }
}

/** A hash of everything that was imported, without generated ids and times of the import. */
async function fingerprint(database: TestDatabase): Promise<Record<string, string>> {
  const hash = createHash('sha256');
  const statements = {
    owners: 'SELECT * FROM writeassistdev_chat_owners ORDER BY writeassistdevid, userid',
    sessions: `SELECT writeassistdevid, userid, session_id, title, last_sequence, message_count, last_activity_at,
      created_at, modified_at FROM writeassistdev_chat_sessions ORDER BY writeassistdevid, userid, session_id`,
    messages: `SELECT writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp, created_at,
      history_time FROM writeassistdev_chat ORDER BY writeassistdevid, userid, chat_session_id, sequence`,
    ledger: `SELECT writeassistdevid, userid, source_table, row_id, session_id, sequence FROM writeassistdev_chat_imports
      ORDER BY writeassistdevid, userid, source_table, row_id`,
  };
  const found: Record<string, string> = {};
  await withDataSource(database, async (dataSource) => {
    for (const [name, sql] of Object.entries(statements)) {
      const rows = await dataSource.query<unknown[]>(sql);
      found[name] = `${rows.length} rows ${hash.copy().update(JSON.stringify(rows)).digest('hex')}`;
    }
  });
  return found;
}

// The source is a MariaDB: without one this file does not run (jest.config.js).
describe.each(engines)('an import that is killed (-9), into %s', (engine) => {
  let moodle: MoodleDatabase;
  const databases: TestDatabase[] = [];

  beforeAll(async () => {
    moodle = await MoodleDatabase.create();
    await fill(moodle);
  }, 60_000);
  afterAll(async () => {
    await endPrograms();
    for (const database of databases) await database.drop();
    await moodle.drop();
  });

  async function target(): Promise<TestDatabase> {
    const database = await createDatabase(engine);
    databases.push(database);
    return database;
  }

  async function runImport({ environment }: TestDatabase, ...options: string[]): Promise<Summary> {
    const given = ['--from', moodle.url, '--json', ...options];
    const { code, stdout, stderr } = await runOurs('cli/import-moodle.js', given, { environment });
    if (code !== 0) throw new Error(`it has ended with ${code}: ${stderr} ${stdout.slice(-500)}`);
    return JSON.parse(stdout) as Summary;
  }

  /** Starts an import, and kills it after it has written something and a random amount more. @returns the rows */
  async function importAndKill(database: TestDatabase): Promise<number | undefined> {
    const command = [process.execPath, `${root}/dist/src/cli/import-moodle.js`, '--from', moodle.url];
    for (;;) {
      const program = new Program(command, { environment: database.environment });
      await untilMoreIsWritten(database, program);
      await sleep(Math.random() * 20);
      const { code, signal, stderr } = await program.end('SIGKILL');
      if (signal === 'SIGKILL') return withDataSource(database, ledgerRows);
      // While this process stood still, the import may have come to its end.
      if (code === 0) return undefined;
      // MariaDB may not have noticed yet that the previous import has ended.
      if (!stderr.includes('another import')) throw new Error(`it has ended by itself: ${stderr}`);
    }
  }

  /**
   * Kills imports into a new database until it has half of the rows, and lets the next one end.
   * @returns the database, or undefined if too few were killed, or none before it had all messages
   */
  async function interruptImports(half: number): Promise<TestDatabase | undefined> {
    const database = await target();
    const rows = [0];
    for (let kill = 1; kill <= kills && itemAt(rows, -1) < half; kill++) {
      const written = await importAndKill(database);
      if (written === undefined) return undefined;
      rows.push(written);
    }
    // Kills at several different points; otherwise the test would prove nothing.
    const points = new Set(rows.filter((count) => count > 0)).size;
    if (points < Math.min(kills, 3)) return undefined;
    const rest = await runImport(database);
    return (rest.tables.writeassistdev_chat?.imported ?? 0) > 0 ? database : undefined;
  }

  it('at random points gives the same result as an uninterrupted one', async () => {
    const before = await moodle.checksum();
    const straight = await target();
    const { tables } = await runImport(straight);
    expect(tables.writeassistdev_chat).toMatchObject({ read: messages, imported: messages });
    expect(tables.writeassistdev_work).toMatchObject({ read: works, imported: works });
    const half = (await withDataSource(straight, ledgerRows)) / 2;
    let interrupted: TestDatabase | undefined;
    for (let attempt = 0; attempt < 3 && !interrupted; attempt++) interrupted = await interruptImports(half);
    if (!interrupted) throw new Error('the imports have ended before enough of them were killed');
    expect(await fingerprint(interrupted)).toEqual(await fingerprint(straight));
    expect((await runImport(interrupted, '--verify')).verification).toMatchObject({
      messages: messages + works,
      different: 0,
    });
    expect(await moodle.checksum()).toEqual(before);
  }, 300_000);
});

/** Waits until a running import has written more than there was: rows on MariaDB; bytes on SQLite, which it has locked. */
async function untilMoreIsWritten(database: TestDatabase, program: Program): Promise<void> {
  const { database: config } = readConfig(database.environment);
  const until = async (written: () => number | Promise<number>, more: number) => {
    const enough = (await written()) + more;
    while (!program.hasEnded && (await written()) < enough) await sleep(5);
  };
  if (config.engine === 'mysql') {
    await withDataSource(database, (dataSource) => until(() => ledgerRows(dataSource), 1));
    return;
  }
  const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  await until(() => sizeOf(config.file) + sizeOf(`${config.file}-wal`), 300_000 + Math.random() * 1_000_000);
}

/** The number of rows of the ledger; 0 before the tables exist. */
async function ledgerRows(dataSource: DataSource): Promise<number> {
  const sql = 'SELECT COUNT(*) AS count FROM writeassistdev_chat_imports';
  const [row] = await dataSource.query<{ count: string }[]>(sql).catch(() => []);
  return Number(row?.count ?? 0);
}
