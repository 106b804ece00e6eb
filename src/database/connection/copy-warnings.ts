import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { QueryRunner } from 'typeorm';
import { sqliteFileName } from '../../config/read-database.js';
import { readCopyState } from '../copy-table.js';
import { openImmutable } from '../sqlite/immutable-database.js';

/** Lines for the start of a server on MariaDB or MySQL: about a copy that has not ended, and chats left in DATA_DIR. */
export async function copyWarnings(runner: QueryRunner, dataDirectory: string): Promise<string[]> {
  if ((await readCopyState(runner)) === 'unfinished') {
    return ['A copy from SQLite into this database has not ended: run npm run copy again before chats are saved here.'];
  }
  const file = join(dataDirectory, sqliteFileName);
  if (!mayHaveChats(file) || (await hasChats(runner))) return [];
  return [
    `This database has no chats, and those in ${file} are not used with DATABASE_URL. To bring them over, stop this ` +
      `server and run, with the same DATABASE_URL: npm run copy -- --from ${quoteForShell(dataDirectory)}`,
  ];
}

async function hasChats(runner: QueryRunner): Promise<boolean> {
  return ((await runner.query('SELECT 1 FROM writeassistdev_chat_sessions LIMIT 1')) as unknown[]).length > 0;
}

/** Reads without a lock. The log that a killed server leaves is not read, and counts as chats. */
function mayHaveChats(file: string): boolean {
  try {
    // Opening a pipe would wait for its writer.
    if (!statSync(file).isFile()) return false;
    if ((statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) return true;
    const database = openImmutable(file);
    const chats = database.prepare('SELECT 1 FROM writeassistdev_chat_sessions LIMIT 1').all();
    database.close();
    return chats.length > 0;
  } catch {
    // There is no file, it is not a database of this service, or a server is writing to it.
    return false;
  }
}

function quoteForShell(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
