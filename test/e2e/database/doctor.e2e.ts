import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { readConfig } from '../../../src/config/read-config.js';
import { createDataSource } from '../../../src/database/data-source.js';
import { migrate, revert } from '../../../src/database/migrations/migrator.js';
import { createDatabase, engine, type TestDatabase } from '../../support/database/test-database.js';
import { migrationNames } from '../../support/database/migrations.js';
import { serve } from '../../support/http/serve.js';
import { expectStatus } from '../../support/rest/client.js';
import { examine, said } from '../../support/doctor/examine.js';

const onSqlite = engine() === 'sqlite';
const ofDatabase = [
  'database',
  'characters',
  'database_version',
  'durability',
  'migrations',
  'tables',
  'clock',
  'message',
];

let database: TestDatabase;

beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

/** Opens the database as its owner would. */
async function change(work: (dataSource: DataSource) => Promise<unknown>): Promise<void> {
  const { database: config } = readConfig(database.environment);
  const dataSource = createDataSource(config);
  await dataSource.initialize();
  try {
    await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

/** Two chats of one owner. */
async function save(): Promise<void> {
  await serve(database, async ({ client }) => {
    const chats = await client({ userId: 2, activityId: 1 });
    for (const content of ['one', 'two']) {
      expectStatus(await chats.save(await chats.newSession(), { content }), 201);
    }
  });
}

/** Every file of the data folder, with its bytes and time; on MariaDB also the rows of every table. */
async function snapshot(): Promise<unknown> {
  const folder = database.environment.DATA_DIR ?? '';
  const files = readdirSync(folder).map((name) => {
    const file = join(folder, name);
    return [name, statSync(file).mtimeMs, createHash('sha256').update(readFileSync(file)).digest('hex')];
  });
  if (onSqlite) return files;
  const rows: unknown[] = [];
  await change(async (dataSource) => {
    const tables = await dataSource.query<{ name: string }[]>(
      'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1',
    );
    for (const { name } of tables) rows.push([name, await dataSource.query(`SELECT * FROM ${name}`)]);
  });
  return [files, rows];
}

it('finds a database with chats in order, and changes nothing', async () => {
  await save();
  const before = await snapshot();
  const results = await examine(database.environment);
  expect(ofDatabase.map((name) => said(results[name])).filter(([status]) => status !== 'ok')).toEqual([]);
  expect(said(results.limits)[0]).toBe(onSqlite ? 'skipped' : 'ok');
  expect(said(results.message)[1]).toBe('written, read and rolled back, with every character');
  expect(said(results.migrations)[1]).toBe(`all ${migrationNames.length} were run`);
  expect(await snapshot()).toEqual(before);
});

it('makes nothing where nothing is', async () => {
  const folder = database.environment.DATA_DIR ?? '';
  rmSync(folder, { recursive: true });
  const results = await examine(database.environment);
  expect(said(results.data_directory)).toEqual(['ok', `the first start makes ${folder}`]);
  expect(() => statSync(folder)).toThrow('ENOENT');
  expect(said(results.database)[0]).toBe('ok');
  expect(said(results.message)[0]).toBe('skipped');
  if (onSqlite) return;
  expect(said(results.migrations)).toEqual([
    'warning',
    `${migrationNames.length} are outstanding. The next start runs them, or npm run migration:run.`,
  ]);
  await change(async (dataSource) => {
    expect(await dataSource.query('SHOW TABLES')).toEqual([]);
  });
});

it('names outstanding migrations, and does not try a message', async () => {
  await change(async (dataSource) => {
    await migrate(dataSource);
    await revert(dataSource);
  });
  const { migrations, message, tables } = await examine(database.environment);
  expect(migrations).toMatchObject({ status: 'warning', findings: [{ details: migrationNames.slice(-1) }] });
  expect(said(message)).toEqual(['skipped', 'not tried: migrations are outstanding']);
  expect(said(tables)[0]).toBe('ok');
  const byHand = await examine({ ...database.environment, MIGRATE_AT_START: 'false' });
  expect(said(byHand.migrations)).toEqual([
    'error',
    '1 are outstanding, and MIGRATE_AT_START is false: run npm run migration:run.',
  ]);
});

it('names tables of another program with names of this service', async () => {
  await change((dataSource) => dataSource.query('CREATE TABLE user (id INT)'));
  expect(said((await examine({ ...database.environment, DATABASE_SHARED: 'true' })).tables)).toEqual([
    'error',
    expect.stringContaining('already has tables that this service did not make: user.'),
  ]);
});

it('names migrations of a newer program: a cross if this one cannot run on them', async () => {
  await change(async (dataSource) => {
    await migrate(dataSource);
    await dataSource.query(`INSERT INTO writeassistdev_chat_migrations (timestamp, name) VALUES (99, 'Newer99')`);
  });
  const unknown = await examine(database.environment);
  expect(said(unknown.migrations)).toEqual([
    'error',
    expect.stringContaining('has the migrations Newer99: start a newer'),
  ]);
  await change((dataSource) =>
    dataSource.query(
      `INSERT INTO writeassistdev_chat_compatibility (migration, oldest_program) VALUES ('Newer99', ?)`,
      [migrationNames[0]],
    ),
  );
  const known = await examine(database.environment);
  expect(said(known.migrations)).toEqual(['warning', expect.stringContaining('which has Newer99; it can run on it')]);
});

it('names tables of another program, which the first start refuses', async () => {
  await change((dataSource) => dataSource.query('CREATE TABLE mdl_user (id INT)'));
  expect(said((await examine(database.environment)).tables)).toEqual([
    'error',
    expect.stringMatching(/tables that this service did not make: mdl_user\. .* or DATABASE_SHARED=true to create/),
  ]);
  const shared = { ...database.environment, DATABASE_SHARED: 'true' };
  expect(said((await examine(shared)).tables)).toEqual(['ok', 'tables of other programs: mdl_user (DATABASE_SHARED)']);
  await change((dataSource) => migrate(dataSource, undefined, { shared: true }));
  expect(said((await examine(database.environment)).tables)).toEqual([
    'warning',
    'There are tables of other programs: mdl_user. Give this service its own.',
  ]);
});

it('notices that a message cannot be written, and goes on with the other checks', async () => {
  await change(async (dataSource) => {
    await migrate(dataSource);
    await dataSource.query(
      onSqlite
        ? `CREATE TRIGGER broken AFTER UPDATE OF content ON writeassistdev_chat BEGIN
             UPDATE writeassistdev_chat SET content = '?' WHERE id = new.id; END`
        : 'ALTER TABLE writeassistdev_chat MODIFY content MEDIUMTEXT CHARACTER SET utf8mb3 NOT NULL',
    );
  });
  const results = await examine(database.environment);
  expect(said(results.message)[0]).toBe('error');
  if (onSqlite) expect(said(results.message)[1]).toContain('writeassistdev_chat.content does not hold every character');
  expect(said(results.disk_space)[0]).toBe('ok');
  expect(said(results.origins)[0]).toBe('ok');
});

it('says that a data folder cannot be used', async () => {
  const folder = database.environment.DATA_DIR ?? '';
  writeFileSync(join(folder, 'file'), '');
  const below = await examine({ ...database.environment, DATA_DIR: join(folder, 'file/data') });
  expect(said(below.data_directory)).toEqual(['error', expect.stringContaining('DATA_DIR must be a folder')]);
  // As that of a volume that is not mounted.
  symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
  const dangling = await examine({ ...database.environment, DATA_DIR: join(folder, 'link') });
  expect(said(dangling.data_directory)).toEqual(['error', expect.stringContaining('DATA_DIR must be a folder')]);
  mkdirSync(join(folder, 'open'));
  writeFileSync(join(folder, 'open/jwt-secret'), 'x'.repeat(40));
  chmodSync(join(folder, 'open/jwt-secret'), 0o644);
  const open = await examine({ ...database.environment, DATA_DIR: join(folder, 'open') });
  expect(said(open.data_directory)).toEqual(['error', expect.stringContaining('run chmod 600 ')]);
});
