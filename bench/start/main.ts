// How long a start takes until the first response, and how much memory the server occupies, idle and after a storm:
// npm run bench:start
import { setTimeout as sleep } from 'node:timers/promises';
import { endPrograms, newFolder, type Program } from '../../test/support/process/program.js';
import { ServerProcess, testSecret } from '../../test/support/process/server.js';
import { buildDist } from '../../test/support/run/build-dist.mjs';
import { useRunFolder } from '../../test/support/run/run-folder.js';
import { residentBytes } from '../cpu.js';
import { install } from '../install.js';
import { load } from '../load.js';
import { startBenchMariadb } from '../mariadb.js';
import { sessions } from '../operations.js';
import { median } from '../pairs.js';

const rounds = 5;
/** After a storm the server returns memory within two minutes. */
const [idleMs, afterStormMs] = [5_000, 130_000];
const stormRequests = 20_000;
const [maxStartMs, maxIdleMegabytes, maxGrowth] = [1_500, 150, 1.3];

interface Measured {
  startMs: number;
  idleMegabytes: number;
}

useRunFolder('start');

install();
await buildDist();
const mariadb = await startBenchMariadb();
const engines = { MariaDB: { DATABASE_URL: mariadb.databaseUrl }, SQLite: { DATA_DIR: newFolder() } };
try {
  // The first start of each creates the tables.
  for (const environment of Object.values(engines)) await (await start(environment)).program.end();
  const measured: Record<string, Measured[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [engine, environment] of Object.entries(engines)) {
      const { program, startMs } = await start(environment);
      await sleep(idleMs);
      (measured[engine] ??= []).push({ startMs, idleMegabytes: megabytes(program) });
      await program.end();
    }
  }
  const storm = `${afterStormMs / 1000} s after ${stormRequests.toLocaleString('en')} requests`;
  print(`| engine | start | at most | idle | at most | ${storm} | at most |`);
  print('| --- | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const [engine, environment] of Object.entries(engines)) {
    const all = measured[engine] ?? [];
    const startMs = median(all.map((one) => one.startMs));
    const idle = median(all.map((one) => one.idleMegabytes));
    const growth = (await megabytesAfterStorm(environment)) / idle;
    const cells = [`${Math.round(startMs)} ms`, maxStartMs, `${Math.round(idle)} MB`, maxIdleMegabytes];
    print(`| ${[engine, ...cells, `${growth.toFixed(2)} times idle`, maxGrowth].join(' | ')} |`);
    if (startMs > maxStartMs || idle > maxIdleMegabytes || growth > maxGrowth) process.exitCode = 1;
  }
} finally {
  await endPrograms();
  await mariadb.stop();
}

/** Starts the server; the time is that from the start of the process to the first 200 of /readyz, to 20 ms. */
async function start(environment: Record<string, string>) {
  const begun = performance.now();
  const { program, url } = await ServerProcess.start({ JWT_SECRET: testSecret, ...environment });
  return { program, url, startMs: performance.now() - begun };
}

async function megabytesAfterStorm(environment: Record<string, string>): Promise<number> {
  const { program, url } = await start(environment);
  await load(url, sessions, stormRequests, 1000);
  await sleep(afterStormMs);
  const after = megabytes(program);
  await program.end();
  return after;
}

function megabytes({ pid }: Program): number {
  return residentBytes(pid) / 1_000_000;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
