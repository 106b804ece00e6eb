import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import mysql2 from 'mysql2/promise';
import { readConfig } from '../../../src/config/read-config.js';
import { createDataSource } from '../../../src/database/data-source.js';
import { migrate } from '../../../src/database/migrations/migrator.js';
import { startMariadb, type Mariadb } from '../../support/database/mariadb.mjs';
import { examine, said } from '../../support/doctor/examine.js';

const production = { NODE_ENV: 'production', JWT_SECRET: 'of-the-tests-of-the-doctor-on-MariaDB' };
const password = 'hunter2hunter2';

/** A server of this file, whose global settings the tests change. */
let mariadb: Mariadb;
let environment: Record<string, string>;

async function asRoot(...statements: string[]): Promise<void> {
  const connection = await mysql2.createConnection(mariadb.url);
  for (const statement of statements) await connection.query(statement);
  await connection.end();
}

beforeAll(async () => {
  mariadb = await startMariadb({ options: ['--log-bin', '--server-id=1', '--version=10.5.1-MariaDB'] });
  await asRoot(
    'CREATE DATABASE chats',
    `CREATE USER chats@'%' IDENTIFIED BY '${password}'`,
    "GRANT ALL ON chats.* TO chats@'%'",
  );
  const url = new URL(`${mariadb.url}chats`);
  [url.username, url.password] = ['chats', password];
  environment = { DATABASE_URL: url.href };
  const dataSource = createDataSource(readConfig(environment).database);
  await dataSource.initialize();
  await migrate(dataSource);
  await dataSource.destroy();
}, 60_000);
beforeEach(() =>
  asRoot(
    'SET GLOBAL innodb_flush_log_at_trx_commit = 1',
    'SET GLOBAL sync_binlog = 1',
    'SET GLOBAL max_allowed_packet = 16777216',
  ),
);
afterAll(() => mariadb.stop());

it('judges how durable commits are as a start does', async () => {
  expect(said((await examine({ ...environment, ...production })).durability)).toEqual([
    'ok',
    'innodb_flush_log_at_trx_commit is 1',
  ]);
  await asRoot('SET GLOBAL innodb_flush_log_at_trx_commit = 2', 'SET GLOBAL sync_binlog = 0');
  const cases = { full: production, trying: {}, relaxed: { ...production, DATABASE_DURABILITY: 'relaxed' } };
  const [full, trying, relaxed] = await Promise.all(
    Object.values(cases).map(async (more) => said((await examine({ ...environment, ...more })).durability)),
  );
  expect(full).toEqual(['error', expect.stringMatching(/ is 2: .* Set it to 1 there .* \| sync_binlog of .* is 0: /)]);
  expect(trying).toEqual(['warning', expect.stringContaining('and production refuses it. Set it to 1 there')]);
  expect(relaxed).toEqual(['warning', expect.stringContaining('which DATABASE_DURABILITY=relaxed accepts.')]);
});

it('names limits that users will meet', async () => {
  expect(said((await examine(environment)).limits)[0]).toBe('ok');
  await asRoot('SET GLOBAL max_allowed_packet = 1048576');
  expect(said((await examine(environment)).limits)).toEqual([
    'warning',
    expect.stringMatching(/^max_allowed_packet of .* is 1048576 bytes: .* Set it to 2228224 or more/),
  ]);
  expect(said((await examine({ ...environment, DATABASE_POOL_SIZE: '1000' })).limits)).toEqual([
    'warning',
    expect.stringContaining('less than DATABASE_POOL_SIZE (1000)'),
  ]);
});

it('compares the clocks', async () => {
  const clock = async (aheadMs: number) =>
    said((await examine(environment, { now: () => Date.now() + aheadMs })).clock);
  expect(await clock(0)).toEqual(['ok', expect.stringMatching(/^differs from this machine's by 0\.\d s$/)]);
  expect(await clock(5000)).toEqual(['warning', expect.stringMatching(/ is [45]\.\d s behind that of this machine/)]);
  expect(await clock(-3_600_000)).toEqual([
    'error',
    expect.stringMatching(/ is 3[56]\d\d\.\d s ahead of that of this/),
  ]);
});

it('warns of an old version', async () => {
  expect(said((await examine(environment)).database_version)).toEqual([
    'warning',
    expect.stringMatching(/^MariaDB 10\.5\.1-MariaDB.* is older than 10\.11, .*: update it\.$/),
  ]);
});

it('finds a connection that alters characters, and looks no further', async () => {
  const [wanted, sent] = ["character_set_client = 'utf8mb4'", "character_set_client = 'latin1' "];
  const proxy = await alteringProxy(wanted, sent);
  try {
    const url = new URL(environment.DATABASE_URL ?? '');
    url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const results = await examine({ DATABASE_URL: url.href });
    expect(said(results.database)[0]).toBe('ok');
    expect(said(results.characters)).toEqual(['error', expect.stringContaining('set character_set_client to utf8mb4')]);
    expect(said(results.message)).toEqual(['skipped', 'not looked at: its connections are not as they must be']);
  } finally {
    proxy.close();
  }
});

it.each([
  [
    'a wrong password',
    (url: URL) => (url.password = 'wrong'),
    'refuses the user "chats": check the user and the password',
  ],
  [
    'a missing database',
    (url: URL) => (url.pathname = '/none'),
    'does not let the user "chats" use the database "none"',
  ],
  ['no server', (url: URL) => (url.port = '1'), 'cannot be used now (ECONNREFUSED)'],
])('says what to do about %s, and looks at the rest', async (_, alter, text) => {
  const url = new URL(environment.DATABASE_URL ?? '');
  alter(url);
  const results = await examine({ DATABASE_URL: url.href });
  expect(said(results.database)).toEqual(['error', expect.stringContaining(text)]);
  for (const name of ['characters', 'durability', 'message']) {
    expect(said(results[name])).toEqual(['skipped', 'not looked at: the database cannot be used']);
  }
  expect(said(results.origins)[0]).toBe('ok');
  expect(JSON.stringify(results)).not.toContain(password);
});

it('ends at the deadline when a server accepts and says nothing', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const url = new URL(environment.DATABASE_URL ?? '');
  url.host = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const start = Date.now();
  const results = await examine({ DATABASE_URL: url.href }, { deadlineMs: 3000 });
  expect(Date.now() - start).toBeLessThan(20_000);
  expect(said(results.database)).toEqual(['error', expect.stringContaining('No result within 3 s')]);
  expect(said(results.disk_space)[0]).toBe('ok');
  silent.close();
  for (const socket of sockets) socket.destroy();
});

it('finds a lock that hangs in one check, and makes the others', async () => {
  const locking = await mysql2.createConnection(`${mariadb.url}chats`);
  await locking.query('LOCK TABLES writeassistdev_chat_sessions WRITE');
  try {
    const results = await examine({ ...environment }, { deadlineMs: 4000 });
    expect(said(results.tables)[0]).toBe('error');
    expect(said(results.clock)[0]).toBe('ok');
    expect(said(results.durability)[0]).toBe('ok');
  } finally {
    await locking.end();
  }
}, 60_000);

it('looks at the disk of a database on this machine, and says when it cannot see it', async () => {
  const space = (free: number) => (path: string) =>
    Promise.resolve({ free: path.includes('chat-db-') ? free : 10 ** 12, total: 10 ** 12 });
  expect(said((await examine(environment, { space: space(10 ** 12) })).disk_space)[0]).toBe('ok');
  const full = said((await examine(environment, { space: space(1000) })).disk_space);
  expect(full).toEqual([
    'error',
    expect.stringMatching(/^.* free for DATA_DIR \| .* occupy .* \| Only 1 MiB of .* chat-db-|Only 1 MiB/),
  ]);
  const hidden = (path: string) =>
    path.includes('chat-db-')
      ? Promise.reject(new Error('EACCES'))
      : Promise.resolve({ free: 10 ** 12, total: 10 ** 12 });
  expect(said((await examine(environment, { space: hidden })).disk_space)).toEqual([
    'ok',
    expect.stringContaining('cannot be seen from here'),
  ]);
});

/** A proxy that replaces a text of the client by another one of the same length. */
async function alteringProxy(wanted: string, sent: string): Promise<Server> {
  const target = new URL(mariadb.url);
  const proxy = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    client.on('data', (data) => upstream.write(Buffer.from(data.toString('latin1').replace(wanted, sent), 'latin1')));
    upstream.pipe(client);
    client.on('close', () => upstream.destroy());
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return proxy;
}
