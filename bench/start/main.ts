// How long a start takes until the first response, and how much memory the server occupies, idle and after a storm:
// npm run bench:start
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/support/database/mariadb.mjs';
import { withoutLimits } from '../../test/support/http/without-limits.js';
import { Program, endPrograms, mainProgram, newFolder } from '../../test/support/process/program.js';
import { testSecret } from '../../test/support/process/server.js';
import { buildDist } from '../../test/support/run/build-dist.mjs';
import { residentBytes } from '../cpu.js';
import { install } from '../install.js';
import { load } from '../load.js';
import { startBenchMariadb } from '../mariadb.js';
import { sessions } from '../operations.js';
import { median } from '../pairs.js';

const rounds = 5;
const [idleMs, afterStormMs] = [5_000, 30_000];
const stormRequests = 20_000;
const [maxStartMs, maxIdleMegabytes, maxGrowth] = [1_500, 150, 1.3];

interface Measured {
  startMs: number;
  idleMegabytes: number;
}

process.env.TEST_RUN_FOLDER = mkdtempSync(join(tmpdir(), 'chat-start-'));
process.env.TMPDIR = process.env.TEST_RUN_FOLDER;
process.once('exit', () => {
  rmSync(process.env.TEST_RUN_FOLDER ?? '', { recursive: true, force: true, maxRetries: 3 });
});

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
  print('| engine | start | at most | idle | at most | 30 s after 20,000 requests | at most |');
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

/** Starts the server; the time is that from the start of the process to the first 200 of /readyz. */
async function start(environment: Record<string, string>) {
  const port = await freePort();
  const begun = performance.now();
  const all = { PORT: String(port), JWT_SECRET: testSecret, ...withoutLimits, ...environment };
  const program = new Program(mainProgram, { environment: all });
  const url = `http://127.0.0.1:${port}`;
  while (!(await isReady(url))) await sleep(5);
  return { program, url, startMs: performance.now() - begun };
}

function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request(`${url}/readyz`, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    probe.once('error', () => {
      resolve(false);
    });
    probe.end();
  });
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
