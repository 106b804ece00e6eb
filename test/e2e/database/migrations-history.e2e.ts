import type { DataSource } from 'typeorm';
import { AddHistory1795392000000 } from '../../../src/database/migrations/1795392000000-add-history.js';
import { migrate, pendingMigrations, revert } from '../../../src/database/migrations/migrator.js';
import { connect, numbers } from '../../support/database/access.js';
import { migrationNames } from '../../support/database/migrations.js';
import { stopAfter } from '../../support/database/processes.js';
import { schemaText } from '../../support/database/schema.js';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.js';
import { isFull } from '../../support/run/full.js';

const newest = AddHistory1795392000000.name;
const older = migrationNames.indexOf(newest);
/** The number of statements between two points at which a migration is stopped. */
const step = isFull ? 1 : 3;
const noon = 1_795_305_600_000;

interface Row {
  id: number;
  writeassistdevid: number;
  userid: number;
  chat_session_id: string;
  timestamp: number;
  history_time?: number;
}

/** The session and the timestamp of each message of an owner, in the order of saving. */
type Saved = [session: string, timestamp: number][];

/** The id of one of the sessions. */
const chat = (index: number, sessions = 3) => `chat_${index % sessions}`;

/** By activity and user. One user is in two activities, and two users share one. */
const owners: Record<string, Saved> = {
  '7/1': [['chat_0', noon]],
  '7/2': [
    // More messages with the first times than there are milliseconds.
    ...numbers(5).map((index): Saved[number] => [chat(index), 0]),
    ['chat_0', 1],
    ['chat_1', 3],
    ['chat_2', 10],
  ],
  '8/2': [
    // A run that moves the next one, which moves another; a gap; and an early time that is saved late.
    ...numbers(4).map((index): Saved[number] => [chat(index), noon]),
    ['chat_0', noon + 2],
    ['chat_1', noon + 2],
    ['chat_2', noon + 5],
    ['chat_0', noon + 100],
    ['chat_1', noon + 3],
    ['chat_2', noon - 1],
  ],
  // Pairs of whole seconds, thousands of equal times, and times that decrease as often as they increase.
  '7/4': numbers(600).map((index) => [chat(index), noon + Math.floor(index / 2) * 1000]),
  '7/5': numbers(2500).map((index) => [chat(index), noon]),
  '7/6': numbers(2500).map((index) => [chat(index, 7), noon + ((index * 7919) % 1231)]),
};

/** The expected positions of these rows, by id. */
function positionsOf(rows: Row[]): Map<number, number> {
  const last = new Map<string, number>();
  const inOrder = rows.toSorted((a, b) => a.timestamp - b.timestamp || a.id - b.id);
  return new Map(
    inOrder.map(({ id, writeassistdevid, userid, timestamp }) => {
      const owner = `${writeassistdevid}/${userid}`;
      const position = Math.max(timestamp, (last.get(owner) ?? -1) + 1);
      last.set(owner, position);
      return [id, position];
    }),
  );
}

/** Sorted, because SQLite changes the order of the keys when it recreates a table. */
async function schemaLines(dataSource: DataSource): Promise<string[]> {
  const lines = (await schemaText(dataSource)).split('\n');
  return lines.map((line) => line.replace(/,$/, '')).sort();
}

function messagesOf(dataSource: DataSource): Promise<Row[]> {
  return dataSource.query<Row[]>('SELECT * FROM writeassistdev_chat ORDER BY id');
}

/** All rows that the migration must not change. */
async function others(dataSource: DataSource): Promise<unknown> {
  const tables = ['user ORDER BY id', 'writeassistdev ORDER BY id', 'writeassistdev_chat_sessions ORDER BY id'];
  const owned = 'writeassistdev_chat_owners ORDER BY writeassistdevid, userid';
  return Promise.all([...tables, owned].map((table) => dataSource.query<unknown>(`SELECT * FROM ${table}`)));
}

async function insert(dataSource: DataSource, into: string, rows: (string | number)[][]): Promise<void> {
  for (let start = 0; start < rows.length; start += 1000) {
    const some = rows.slice(start, start + 1000).map((row) => `(${row.map((value) => `'${value}'`).join(', ')})`);
    await dataSource.query(`INSERT INTO ${into} VALUES ${some.join(', ')}`);
  }
}

/** Stores the owners with their sessions and messages, the messages of all owners mixed. */
async function fill(dataSource: DataSource, chosen = Object.keys(owners)): Promise<void> {
  const saved = Object.entries(owners).filter(([owner]) => chosen.includes(owner));
  const ids = (owner: string) => owner.split('/') as [string, string];
  const unique = (values: string[]) => [...new Set(values)].map((value) => [value]);
  await insert(dataSource, 'writeassistdev (id)', unique(saved.map(([owner]) => ids(owner)[0])));
  await insert(dataSource, 'user (id)', unique(saved.map(([owner]) => ids(owner)[1])));
  await insert(
    dataSource,
    'writeassistdev_chat_owners (writeassistdevid, userid)',
    saved.map(([owner]) => ids(owner)),
  );
  await insert(
    dataSource,
    'writeassistdev_chat_sessions (writeassistdevid, userid, session_id, last_activity_at, created_at, modified_at)',
    saved.flatMap(([owner]) => numbers(7).map((index) => [...ids(owner), chat(index, 7), noon, noon, noon])),
  );
  const messages = saved.flatMap(([owner, list]) =>
    list.map(([session, timestamp], index) => ({
      // The first of each, the second of each, and so on.
      round: index,
      row: [...ids(owner), session, index + 1, index % 2 ? 'assistant' : 'user', `Nö ${index} 🌍`, timestamp, noon],
    })),
  );
  messages.sort((a, b) => a.round - b.round);
  const columns = 'writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp, created_at';
  await insert(
    dataSource,
    `writeassistdev_chat (${columns})`,
    messages.map(({ row }) => row),
  );
  await dataSource.query(
    "UPDATE writeassistdev_chat SET client_message_id = 'send-1' WHERE sequence = 2 AND chat_session_id = 'chat_1'",
  );
}

describe('the migration that adds history positions', () => {
  const cleanUps: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  async function open(database: TestDatabase): Promise<DataSource> {
    const dataSource = await connect(database);
    // Later migrations have their own tests.
    Object.assign(dataSource, { migrations: dataSource.migrations.slice(0, older + 1) });
    cleanUps.push(async () => {
      if (dataSource.isInitialized) await dataSource.destroy();
    });
    return dataSource;
  }

  /** Creates a database with the schema before this migration. */
  async function old(chosen?: string[]): Promise<{ database: TestDatabase; before: Row[]; around: unknown }> {
    const database = await createDatabase();
    cleanUps.push(() => database.drop());
    const dataSource = await open(database);
    Object.assign(dataSource, { migrations: dataSource.migrations.slice(0, older) });
    await migrate(dataSource);
    await fill(dataSource, chosen);
    const found = { database, before: await messagesOf(dataSource), around: await others(dataSource) };
    await dataSource.destroy();
    return found;
  }

  async function expectMigrated(dataSource: DataSource, before: Row[], around: unknown): Promise<void> {
    const expected = positionsOf(before);
    expect(await messagesOf(dataSource)).toEqual(before.map((row) => ({ ...row, history_time: expected.get(row.id) })));
    expect(await others(dataSource)).toEqual(around);
  }

  it('is tested with the correct expected positions', () => {
    const rows = [0, 0, 1, 9, 0].map((timestamp, index) => {
      return { id: index + 1, writeassistdevid: 7, userid: 1, chat_session_id: 'x', timestamp };
    });
    expect([...positionsOf([...rows, { ...rows[0], id: 6, userid: 2 } as Row])]).toEqual([
      [1, 0],
      [2, 1],
      [5, 2],
      [6, 0],
      [3, 3],
      [4, 9],
    ]);
  });

  it('sets the positions of thousands of messages of many owners, and changes nothing else', async () => {
    const { database, before, around } = await old();
    expect(before).toHaveLength(5619);
    const dataSource = await open(database);
    expect(await pendingMigrations(dataSource)).toEqual([newest]);
    expect(await migrate(dataSource)).toEqual([newest]);
    await expectMigrated(dataSource, before, around);
    const empty = await createDatabase();
    cleanUps.push(() => empty.drop());
    const fresh = await open(empty);
    await migrate(fresh);
    expect(await schemaText(dataSource)).toBe(await schemaText(fresh));
  });

  it('can be reverted completely, and gives the same positions again', async () => {
    const { database, before, around } = await old(['7/2', '8/2', '7/4']);
    const dataSource = await open(database);
    await migrate(dataSource);
    await expectMigrated(dataSource, before, around);
    expect(await revert(dataSource)).toBe(true);
    expect(await messagesOf(dataSource)).toEqual(before);
    expect(await others(dataSource)).toEqual(around);
    const reverted = await schemaLines(dataSource);
    await migrate(dataSource);
    await expectMigrated(dataSource, before, around);
    const { database: untouched } = await old([]);
    expect(reverted).toEqual(await schemaLines(await open(untouched)));
  });

  it('is finished by the next run after it was stopped after any of its statements', async () => {
    let stopped = true;
    let statements = 1 - step;
    while (stopped) {
      statements += step;
      const { database, before, around } = await old(['7/2', '8/2']);
      const interrupted = await open(database);
      const wasStopped = stopAfter(interrupted, statements);
      await migrate(interrupted).catch((error: unknown) => error);
      stopped = wasStopped();
      await interrupted.destroy();
      const next = await open(database);
      await migrate(next);
      expect(await pendingMigrations(next)).toEqual([]);
      await expectMigrated(next, before, around);
    }
    // The column, the positions, NOT NULL, three indexes, the record.
    expect(statements).toBeGreaterThanOrEqual(7);
  }, 90_000);

  it('is reverted by the next run after the revert was stopped after any of its statements', async () => {
    let stopped = true;
    let statements = 1 - step;
    while (stopped) {
      statements += step;
      const { database, before, around } = await old(['7/2', '8/2']);
      const interrupted = await open(database);
      await migrate(interrupted);
      const wasStopped = stopAfter(interrupted, statements);
      await revert(interrupted).catch((error: unknown) => error);
      stopped = wasStopped();
      await interrupted.destroy();
      const next = await open(database);
      if ((await pendingMigrations(next)).length === 0) await revert(next);
      expect(await pendingMigrations(next)).toEqual([newest]);
      expect(await messagesOf(next)).toEqual(before);
      await migrate(next);
      await expectMigrated(next, before, around);
    }
    expect(statements).toBeGreaterThanOrEqual(4);
  }, 90_000);

  it('does not reuse the id of a deleted message', async () => {
    const { database, before } = await old(['8/2']);
    const dataSource = await open(database);
    const last = Math.max(...before.map(({ id }) => id));
    await dataSource.query(`DELETE FROM writeassistdev_chat WHERE id = ${last}`);
    await migrate(dataSource);
    await dataSource.query(`INSERT INTO writeassistdev_chat
      (writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp, created_at, history_time)
      VALUES (8, 2, 'chat_0', 1000, 'user', 'x', 1, 1, 1)`);
    expect((await messagesOf(dataSource)).at(-1)?.id).toBe(last + 1);
  });

  it('rejects two messages of one owner at one position from then on', async () => {
    const { database } = await old(['8/2', '7/2']);
    const dataSource = await open(database);
    await migrate(dataSource);
    const one = (activity: number) => `INSERT INTO writeassistdev_chat
      (writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp, created_at, history_time)
      VALUES (${activity}, 2, 'chat_0', 1000, 'user', 'x', 1, 1, ${noon + 4})`;
    await dataSource.query(one(7));
    await expect(dataSource.query(one(8))).rejects.toThrow(/unique|duplicate/i);
  });
});
