import mysql2 from 'mysql2/promise';
import { testSecret } from '../test/support/process/server.js';
import { startMariadb } from '../test/support/database/mariadb.mjs';
import { fillObvious, fillStore, numbersOfMariadb, type Sql } from './data.js';
import { activate, legacyList, legacySave, list, save, sessions } from './operations.js';
import type { Results } from './report.js';
import { Suite, type Amounts } from './suite.js';
import { assertEqualBodies } from './targets/equal-bodies.js';
import { startApp, startTarget } from './targets/target.js';
import { statements } from './targets/statements.js';

/** Durable, as a school must set it; everything else as for a small server. */
const settings = [
  '--innodb-flush-log-at-trx-commit=1',
  '--innodb-flush-method=O_DIRECT',
  '--innodb-buffer-pool-size=1G',
  '--innodb-log-file-size=512M',
];

/** Compares the product with a bare server and with the obvious one, and the legacy endpoint with REST. */
export async function compareOnMariadb(
  owners: number,
  amounts: Amounts,
  print: (line: string) => void,
): Promise<Results> {
  const mariadb = await startMariadb({ options: settings });
  const stops: (() => Promise<unknown>)[] = [() => mariadb.stop()];
  const databaseUrl = `${mariadb.url}chats`;
  try {
    const root = await mysql2.createConnection({ uri: mariadb.url });
    stops.unshift(() => root.end());
    const sql: Sql = async (statement) => (await root.query(statement))[0] as Record<string, unknown>[];
    await assertDurable(sql);
    await sql('CREATE DATABASE chats');
    await sql('USE chats');
    const app = await startApp('app', { DATABASE_URL: databaseUrl });
    stops.unshift(app.stop);
    print(`Filling MariaDB: ${owners} owners`);
    await fillStore(sql, numbersOfMariadb, owners);
    const options = { databaseUrl, secret: testSecret, statements };
    const start = async (name: string, file: string) => {
      const target = await startTarget(name, file, options);
      stops.unshift(target.stop);
      return target;
    };
    const [bare, copy] = [await start('bare', 'bare/mariadb.ts'), await start('bare 2', 'bare/mariadb.ts')];
    const obvious = await start('obvious', 'obvious/main.ts');
    await fillObvious(sql);
    await sql('ANALYZE TABLE writeassistdev_chat, writeassistdev_chat_sessions, obvious_messages, obvious_sessions');
    await assertEqualBodies([app, bare, copy, obvious], owners);
    const suite = new Suite({ owners, pid: mariadb.pid, sql }, amounts, print);
    const results: Results = {};
    const add = (name: string, comparison: Results[string][number]) => (results[name] ??= []).push(comparison);
    for (const operation of [save, list, sessions, activate]) {
      const [first, second, ours] = [bare, copy, app].map((target) => ({ target, operation }));
      if (!first || !second || !ours) continue;
      const tutorial = { target: obvious, operation };
      await suite.warmUp([first, second, ours, tutorial]);
      const { comparison, control, isConclusive } = await suite.compareControlled(first, second, ours);
      add('app/bare', { ...comparison, isConclusive });
      add('bare/bare', control);
      add('app/obvious', await suite.compare(tutorial, ours, amounts.obviousRequests));
    }
    for (const [rest, legacy] of [[save, legacySave] as const, [list, legacyList] as const]) {
      const [base, other] = [
        { target: app, operation: rest },
        { target: app, operation: legacy },
      ];
      await suite.warmUp([base, other]);
      add('legacy/REST', await suite.compare(base, other));
    }
    return results;
  } finally {
    for (const stop of stops) await stop();
  }
}

async function assertDurable(sql: Sql): Promise<void> {
  const [row] = await sql('SELECT @@innodb_flush_log_at_trx_commit AS flush');
  if (row?.flush !== 1) throw new Error('MariaDB does not run with innodb_flush_log_at_trx_commit = 1');
}
