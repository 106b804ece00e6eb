import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { newFolder } from '../test/support/process/program.js';
import { testSecret } from '../test/support/process/server.js';
import { countMessages, fillStore, numbersOfSqlite, type Sql } from './data.js';
import { list, save } from './operations.js';
import type { Results } from './report.js';
import { Suite, type Amounts } from './suite.js';
import { assertEqualBodies } from './targets/equal-bodies.js';
import { startApp, startTarget, type Target } from './targets/target.js';
import { statements } from './targets/statements.js';

/** Compares the product with a bare server on a file of its own with the same contents. */
export async function compareOnSqlite(
  owners: number,
  amounts: Amounts,
  print: (line: string) => void,
): Promise<Results> {
  const folder = newFolder();
  const file = join(folder, 'data', 'chat-store.sqlite');
  const bareFile = join(newFolder(), 'bare.sqlite');
  mkdirSync(join(folder, 'data'), { recursive: true, mode: 0o700 });
  // Creates the tables.
  await (await startApp('app', {}, folder)).stop();
  print(`Filling SQLite: ${owners} owners`);
  await withFile(file, (sql) => fillStore(sql, numbersOfSqlite, owners));
  copyFileSync(file, bareFile);
  const running: Target[] = [];
  const results: Results = {};
  try {
    const app = await startApp('app', {}, folder);
    running.push(app);
    const bare = await startTarget('bare', 'bare/sqlite.ts', { file: bareFile, secret: testSecret, statements });
    running.push(bare);
    await assertEqualBodies([app, bare], owners);
    const suite = new Suite({ owners }, amounts, print);
    for (const operation of [save, list]) {
      const [base, other] = [
        { target: bare, operation },
        { target: app, operation },
      ];
      await suite.warmUp([base, other]);
      (results['app/bare on SQLite'] ??= []).push(await suite.compare(base, other));
    }
  } finally {
    for (const target of running) await target.stop();
  }
  // Both got the same number of saves.
  const [ours, theirs] = [await withFile(file, countMessages), await withFile(bareFile, countMessages)];
  if (ours.stored !== ours.counted || ours.stored !== theirs.stored) throw new Error('SQLite: messages are missing');
  return results;
}

async function withFile<Result>(file: string, use: (sql: Sql) => Promise<Result>): Promise<Result> {
  const database = new DatabaseSync(file);
  try {
    return await use((statement) => Promise.resolve(database.prepare(statement).all() as Record<string, unknown>[]));
  } finally {
    database.close();
  }
}
