// What others notice while a large session is purged, or its first message with all that follow:
// npm run bench:trash -- [--only mariadb|sqlite] [--messages]
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { withoutLimits } from '../../test/support/http/without-limits.js';
import { endPrograms, newFolder } from '../../test/support/process/program.js';
import { ServerProcess, testSecret } from '../../test/support/process/server.js';
import { buildDist } from '../../test/support/run/build-dist.mjs';
import { useRunFolder } from '../../test/support/run/run-folder.js';
import { startBenchMariadb } from '../mariadb.js';
import { median } from '../pairs.js';
import { withMariadb, withSqlite } from '../search/data.js';
import { deleteMessages, deleteSession, percentileOf, saveFor } from './clients.js';
import { fillTrash, messagesPerSession } from './data.js';

const { only, messages } = parseArgs({
  options: { only: { type: 'string' }, messages: { type: 'boolean', default: false } },
}).values;
const runs = 5;
/** Long enough for some thousand saves. */
const runMs = 20_000;
/** In which the purging ends that is slower on a busy machine, and the database has removed its traces. */
const restMs = 20_000;
/** The most that the medians may differ, in ms. */
const maxDifferenceMs = 100;
const settings = { ...withoutLimits, JWT_SECRET: testSecret, QUOTA_OWNER_MB_PER_MINUTE: '0' };

async function measure(engine: string, environment: Record<string, string>, folder: string): Promise<void> {
  const server = await ServerProcess.start({ ...environment, ...settings }, folder);
  try {
    await saveFor(server.url, 3000);
    const [without, during, saves]: [number[], number[], number[]] = [[], [], []];
    for (let run = 0; run < runs; run++) {
      without.push(percentileOf(await saveFor(server.url, runMs)));
      const saving = saveFor(server.url, runMs);
      await (messages ? deleteMessages : deleteSession)(server.url, run);
      const times = await saving;
      during.push(percentileOf(times));
      saves.push(times.length);
      await sleep(restMs);
      const longest = two(Math.max(...times));
      print(
        `${engine}, run ${run + 1}: ${two(without.at(-1))} ms without, ${two(during.at(-1))} during it, at most ${longest}`,
      );
    }
    const difference = median(during) - median(without);
    const verdict = difference <= maxDifferenceMs ? 'met' : 'MISSED';
    if (verdict !== 'met') process.exitCode = 1;
    const cells = [engine, two(median(without)), two(median(during)), two(difference), String(median(saves)), verdict];
    print(`| ${cells.join(' | ')} |`);
  } finally {
    await server.end();
  }
}

async function onMariadb(): Promise<void> {
  const mariadb = await startBenchMariadb();
  try {
    const environment = { DATABASE_URL: mariadb.databaseUrl };
    await (await ServerProcess.start({ ...environment, ...settings })).end();
    await withMariadb(mariadb.databaseUrl, (insert) => fillTrash(insert, runs));
    await measure('MariaDB', environment, newFolder());
  } finally {
    await mariadb.stop();
  }
}

async function onSqlite(): Promise<void> {
  const folder = newFolder();
  const empty = await ServerProcess.start(settings, folder);
  await empty.end();
  await withSqlite(empty.databaseFile, (insert) => fillTrash(insert, runs));
  await measure('SQLite', {}, folder);
}

function two(ms = NaN): string {
  return ms.toFixed(2);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

useRunFolder('trash');
await buildDist();
print(`p99.9 of saves of others, in ms, without and during the purging of ${messagesPerSession} messages`);
try {
  if (only !== 'sqlite') await onMariadb();
  if (only !== 'mariadb') await onSqlite();
} finally {
  await endPrograms();
}
