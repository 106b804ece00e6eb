import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql2, { type Connection } from 'mysql2/promise';
import type { MysqlConfig } from '../../src/config/config.js';
import { readConfig } from '../../src/config/read-config.js';
import { createDataSource } from '../../src/database/data-source.js';
import { proveStoreSession } from '../../src/database/mysql/session-proof.js';
import { MoodleDatabase } from '../../src/moodle/moodle-database.js';
import { startMariadb, type Mariadb } from '../support/database/mariadb.mjs';

/** The common name and the alternative names of a certificate. */
interface Names {
  commonName: string;
  alternative?: string;
}

let folder: string;
let mariadb: Mariadb;
let root: Connection;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chat-tls-'));
  const authority = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=authority';
  openssl(`req ${authority} -keyout ca.key -out ca.pem`);
  openssl('req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=x -keyout server.key -out server.csr');
  sign({ commonName: 'unused' });
  mariadb = await startMariadb();
  await mariadb.restart({
    options: [`--ssl-ca=${folder}/ca.pem`, `--ssl-cert=${folder}/server.pem`, `--ssl-key=${folder}/server.key`],
  });
  root = await mysql2.createConnection(mariadb.url);
  await root.query('CREATE DATABASE chat_tls');
}, 60_000);
afterAll(async () => {
  try {
    await root.end();
  } finally {
    await mariadb.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

function openssl(options: string): void {
  execFileSync('openssl', options.split(' '), { cwd: folder, stdio: 'pipe' });
}

function sign({ commonName, alternative }: Names): void {
  writeFileSync(join(folder, 'names.cnf'), alternative === undefined ? '' : `subjectAltName=${alternative}\n`);
  openssl(`req -new -key server.key -subj /CN=${commonName} -out server.csr`);
  openssl(
    'x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names.cnf -out server.pem',
  );
}

function configFor(host: string, tls: string): MysqlConfig {
  const url = new URL(mariadb.url);
  url.hostname = host;
  url.pathname = '/chat_tls';
  const { database } = readConfig({
    ...{ DATABASE_URL: url.href, DATABASE_TLS: tls },
    ...(tls === 'verify' && { DATABASE_TLS_CA: join(folder, 'ca.pem') }),
  });
  if (database.engine !== 'mysql') throw new Error('not MariaDB');
  return database;
}

/** The four ways in which the service connects. */
const connections: [string, (config: MysqlConfig) => Promise<void>][] = [
  ['the proof at start', (config) => proveStoreSession(config, 'the server')],
  [
    'the pool of the store',
    async (config) => {
      const dataSource = await createDataSource(config).initialize();
      await dataSource.destroy();
    },
  ],
  [
    'the source of an import',
    async (config) => {
      await (await MoodleDatabase.open(config)).close();
    },
  ],
  [
    'the pool for Moodle',
    async (config) => {
      const pool = MoodleDatabase.createPool(config, { connectTimeoutMs: 5000, connectionLimit: 1, queueLimit: 1 });
      try {
        await pool.query('SELECT 1');
      } finally {
        await pool.close();
      }
    },
  ],
];

const localhost = { commonName: 'x', alternative: 'DNS:localhost' };
const address = { commonName: 'x', alternative: 'IP:127.0.0.1' };
const cases: [host: string, Names, mismatch: RegExp | undefined][] = [
  ['127.0.0.1', address, undefined],
  ['127.0.0.1', localhost, /127\.0\.0\.1/],
  ['127.0.0.1', { commonName: 'x', alternative: 'IP:127.0.0.2' }, /127\.0\.0\.1/],
  ['127.0.0.1', { commonName: 'x', alternative: 'DNS:127.0.0.1' }, /127\.0\.0\.1/],
  ['127.0.0.1', { commonName: 'x', alternative: 'DNS:db.example.org' }, /127\.0\.0\.1/],
  ['127.0.0.1', { commonName: '127.0.0.1' }, /127\.0\.0\.1/],
  ['localhost', localhost, undefined],
  ['localhost', { commonName: 'localhost' }, undefined],
  ['localhost', address, /localhost/],
  ['localhost', { commonName: 'localhost', alternative: 'DNS:*.example.org' }, /localhost/],
];

describe.each(cases)('DATABASE_TLS=verify with %s and a certificate for %j', (host, names, mismatch) => {
  beforeAll(async () => {
    sign(names);
    await root.query('FLUSH SSL');
  });

  it.each(connections)('is checked by %s', async (_name, open) => {
    const opened = open(configFor(host, 'verify'));
    if (mismatch) await expect(opened).rejects.toThrow(mismatch);
    else await expect(opened).resolves.toBeUndefined();
  });

  it('reports a mismatch at the start', async () => {
    const opened = proveStoreSession(configFor(host, 'verify'), 'the server');
    const lines = [expect.stringMatching(/its certificate is for another host/)];
    if (mismatch) await expect(opened).rejects.toMatchObject({ exitCode: 78, lines });
    else await expect(opened).resolves.toBeUndefined();
  });

  it.each(['unverified', 'off'])('does not matter with %s', async (tls) => {
    await expect(proveStoreSession(configFor(host, tls), 'the server')).resolves.toBeUndefined();
  });
});
