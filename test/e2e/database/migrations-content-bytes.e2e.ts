import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { AddContentBytes1795960800000 } from '../../../src/database/migrations/1795960800000-add-content-bytes.js';
import { migrate, pendingMigrations } from '../../../src/database/migrations/migrator.js';
import { connect, numbers } from '../../support/database/access.js';
import { migrationNames, revertTo } from '../../support/database/migrations.js';
import { stopAfter } from '../../support/database/processes.js';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.js';

const name = AddContentBytes1795960800000.name;
const older = migrationNames.indexOf(name);
/** More than two statements of the migration count. */
const sessions = 230;
const contents = ['a', 'é', '🌍', 'x'.repeat(70_000)];

describe('the migration that counts bytes', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createDatabase();
    dataSource = await connect(database);
    await migrate(dataSource);
    await revertIt();
    expect(await pendingMigrations(dataSource)).toEqual(migrationNames.slice(older));
    await fill(dataSource);
  });
  afterEach(() => revertIt());
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const revertIt = async () => {
    await revertTo(dataSource, name);
  };

  it('counts UTF-8 of every session, of its own owner, and 0 for an empty one', async () => {
    await migrate(dataSource);
    expect(await bytes(dataSource)).toEqual(expected());
  });

  it.each([2, 3, 4])('continues when it was stopped after %i statements', async (statements) => {
    const wasStopped = stopAfter(dataSource, statements);
    await migrate(dataSource).catch((error: unknown) => error);
    expect(wasStopped()).toBe(true);
    await dataSource.destroy();
    dataSource = await connect(database);
    await migrate(dataSource);
    expect(await bytes(dataSource)).toEqual(expected());
  });

  it('is undone without touching anything else', async () => {
    const before = await rows(dataSource);
    await migrate(dataSource);
    await revertIt();
    expect(await rows(dataSource)).toEqual(before);
  });

  it('can be repeated by the statement of the documentation', async () => {
    await migrate(dataSource);
    await dataSource.query('UPDATE writeassistdev_chat_sessions SET content_bytes = 99');
    const page = readFileSync(join(import.meta.dirname, '../../../docs/adr/0033-quotas.md'), 'utf8');
    await dataSource.query(/```sql\n([^`]+?);\s*```/.exec(page)?.[1] ?? '');
    expect(await bytes(dataSource)).toEqual(expected());
  });
});

/** Two owners with sessions of the same ids; each session has up to four messages. */
async function fill(dataSource: DataSource): Promise<void> {
  await dataSource.query('INSERT INTO writeassistdev (id) VALUES (1)');
  for (const user of [2, 3]) {
    await dataSource.query('INSERT INTO user (id) VALUES (?)', [user]);
    await dataSource.query('INSERT INTO writeassistdev_chat_owners (writeassistdevid, userid) VALUES (1, ?)', [user]);
  }
  const rowsOfSessions = numbers(sessions).map((index) => [1, userOf(index), sessionOf(index), 1, 1, 1]);
  const ofSession = 'writeassistdevid, userid, session_id, last_activity_at, created_at, modified_at';
  await insert(dataSource, 'writeassistdev_chat_sessions', ofSession, rowsOfSessions);
  const messages = numbers(sessions).flatMap((index) =>
    contentsOf(index).map((content, at) => {
      return [1, userOf(index), sessionOf(index), at + 1, 'user', content, 1, 1, index * 10 + at];
    }),
  );
  const ofMessage =
    'writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp, created_at, history_time';
  await insert(dataSource, 'writeassistdev_chat', ofMessage, messages);
}

async function insert(dataSource: DataSource, table: string, columns: string, all: unknown[][]): Promise<void> {
  const values = all.map((row) => `(${row.map(() => '?').join()})`).join();
  await dataSource.query(`INSERT INTO ${table} (${columns}) VALUES ${values}`, all.flat());
}

const userOf = (index: number) => 2 + (index % 2);
const sessionOf = (index: number) => `chat-${Math.floor(index / 2)}`;
/** The long one only now and then. */
const contentsOf = (index: number) => contents.slice(0, index % 50 === 4 ? 4 : index % 4);

function expected(): [number, string, number][] {
  return numbers(sessions).map((index) => [
    userOf(index),
    sessionOf(index),
    contentsOf(index).reduce((sum, content) => sum + Buffer.byteLength(content), 0),
  ]);
}

async function bytes(dataSource: DataSource): Promise<[number, string, number][]> {
  const found = await rows(dataSource);
  return found.map((row) => [Number(row.userid), String(row.session_id), Number(row.content_bytes)]);
}

function rows(dataSource: DataSource): Promise<Record<string, unknown>[]> {
  return dataSource.query('SELECT * FROM writeassistdev_chat_sessions ORDER BY id');
}
