import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import mysql2 from 'mysql2/promise';
import { build } from '../../../scripts/build.mjs';
import { distIsFresh } from '../../../scripts/fresh.mjs';
import { startMariadb } from '../database/mariadb.mjs';

/**
 * Builds what the tests of whole processes run, makes the folder for the logs of the run, and starts the private MariaDB where no server is
 * given.
 */
export default async function setup() {
  if (!distIsFresh() && build() !== 0) throw new Error('the build failed');
  process.env.TEST_RUN_FOLDER = mkdtempSync(join(tmpdir(), 'chat-run-'));
  globalThis.__ENGINES__ = { sqlite: sqliteVersion() };
  if (!process.env.TEST_DATABASE_URL && process.env.TEST_MARIADB !== 'start') return;
  if (!process.env.TEST_DATABASE_URL) {
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
