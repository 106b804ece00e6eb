import { testSecret } from '../test/support/process/server.js';
import { fillObvious, fillStore, numbersOfMariadb, rememberStore } from './data.js';
import { startBenchMariadb } from './mariadb.js';
import { activate, legacyList, legacySave, list, save, sessions, type Operation } from './operations.js';
import type { Results } from './report.js';
import { Suite, type Amounts } from './suite.js';
import { assertEqualBodies } from './targets/equal-bodies.js';
import { startApp, startTarget, type Target } from './targets/target.js';
import { statements } from './targets/statements.js';

/** Compares the product with a bare server and with the obvious one, and the legacy endpoint with REST. */
export async function compareOnMariadb(
  owners: number,
  amounts: Amounts,
  print: (line: string) => void,
): Promise<Results> {
  const mariadb = await startBenchMariadb();
  const { databaseUrl, pid, sql } = mariadb;
  const stops: (() => Promise<unknown>)[] = [() => mariadb.stop()];
  try {
    const app = await startApp('app', { DATABASE_URL: databaseUrl });
    stops.unshift(app.stop);
    print(`Filling MariaDB: ${owners} owners`);
    await fillStore(sql, numbersOfMariadb, owners);
    await rememberStore(sql);
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
    const suite = new Suite({ owners, pid, sql }, amounts, print);
    const results: Results = {};
    const add = (name: string, comparison: Results[string][number]) => (results[name] ??= []).push(comparison);
    for (const operation of [save, list, sessions, activate]) {
      const of = (target: Target) => ({ target, operation });
      await suite.warmUp([bare, copy, app, obvious].map(of));
      const { comparison, control, isConclusive } = await suite.compareControlled(of(bare), of(copy), of(app));
      add('app/bare', { ...comparison, isConclusive });
      add('bare/bare', control);
      add('app/obvious', await suite.compare(of(obvious), of(app), amounts.obviousRequests));
    }
    for (const [rest, legacy] of [[save, legacySave] as const, [list, legacyList] as const]) {
      const of = (operation: Operation) => ({ target: app, operation });
      await suite.warmUp([rest, legacy].map(of));
      add('legacy/REST', await suite.compare(of(rest), of(legacy)));
    }
    return results;
  } finally {
    for (const stop of stops) await stop();
  }
}
