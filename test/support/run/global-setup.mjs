import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import mysql2 from 'mysql2/promise';
import { startMariadb } from '../database/mariadb.mjs';
import { buildDist } from './build-dist.mjs';

/** Creates the folder of the run, and provides what the selected tests need: a build, a private MariaDB, both or neither. */
export default async function setup() {
  makeRunFolder();
  globalThis.__ENGINES__ = { sqlite: sqliteVersion() };
  const needs = globalThis.__NEEDS__ ?? { build: true, mariadb: true };
  const results = await Promise.allSettled([needs.build && buildDist(), needs.mariadb && provideMariadb()]);
  for (const { reason } of results) if (reason) throw reason;
}

/** A file system in memory if one has 4 GiB free: the tests make thousands of commits, which are slow on a disk. */
function parentFolder() {
  if (process.env.TMPDIR === undefined && process.platform === 'linux') {
    try {
      const { bavail, bsize } = statfsSync('/dev/shm');
      if (bavail * bsize >= 4 * 1024 ** 3) return '/dev/shm';
    } catch {
      // There is none.
    }
  }
  return tmpdir();
}

/**
 * Creates the folder in which all temporary folders of the run are created. It is removed at the end of the run, also
 * when tests fail or the run is interrupted.
 */
function makeRunFolder() {
  const folder = mkdtempSync(join(parentFolder(), 'chat-run-'));
  process.env.TEST_RUN_FOLDER = folder;
  process.env.TMPDIR = folder;
  process.once('exit', () => {
    globalThis.__MARIADB__?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ]) {
    process.once(signal, () => process.exit(code));
  }
}

async function provideMariadb() {
  if (!process.env.TEST_DATABASE_URL) {
    if (process.env.TEST_MARIADB !== 'start') return;
    globalThis.__MARIADB__ = await startMariadb();
    process.env.TEST_DATABASE_URL = globalThis.__MARIADB__.url;
  }
  globalThis.__ENGINES__.mariadb = await mariadbVersion(process.env.TEST_DATABASE_URL);
}

function sqliteVersion() {
  const database = new DatabaseSync(':memory:');
  const { version } = database.prepare('SELECT sqlite_version() AS version').get();
  database.close();
  return version;
}

async function mariadbVersion(url) {
  const connection = await mysql2.createConnection(url);
  const [[{ version }]] = await connection.query('SELECT VERSION() AS version');
  await connection.end();
  return version;
}
