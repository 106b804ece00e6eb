// Goodput under overload: npm run bench:overload -- [--engine mariadb|sqlite] [--scenario PATTERN] [--seconds 5] [--rounds 1]
// The built server, its database and the clients are separate processes; the rate limits are off.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import mysql2 from 'mysql2/promise';
import { startMariadb, type Mariadb } from '../../test/support/database/mariadb.mjs';
import { endPrograms, newFolder } from '../../test/support/process/program.js';
import { ServerProcess, testSecret } from '../../test/support/process/server.js';
import { buildDist } from '../../test/support/run/build-dist.mjs';
import { useRunFolder } from '../../test/support/run/run-folder.js';
import { cpuMs } from '../cpu.js';
import { Clients } from './group-process.js';
import type { Group } from './load.js';
import { scenarios, warmUp } from './scenarios.js';

const { values } = parseArgs({
  options: {
    engine: { type: 'string' },
    scenario: { type: 'string', default: '' },
    seconds: { type: 'string', default: '5' },
    /** All scenarios again and again: on a machine with other work, ratios of neighbours say most. */
    rounds: { type: 'string', default: '1' },
    /** Of another build, to compare with. */
    program: { type: 'string' },
  },
});

useRunFolder('overload');

if (values.program === undefined) await buildDist();
const program = resolve(values.program ?? 'dist/src/main.js');
print('| engine | scenario | clients | accepted/s | p50 ms | p99 ms | refused | CPU of server | of database |');
print('| --- | --- | --- | ---: | ---: | ---: | --- | ---: | ---: |');
for (const engine of ['mariadb', 'sqlite']) {
  if (engine === (values.engine ?? engine)) await measure(engine);
}

async function measure(engine: string): Promise<void> {
  const mariadb = engine === 'mariadb' ? await startDatabase() : undefined;
  try {
    const server = await startServer(mariadb);
    let firstOwner = 1;
    const selected = scenarios.filter(({ name }) => new RegExp(values.scenario).test(name));
    const rounds = Array.from({ length: Number(values.rounds) }, () => selected);
    for (const { name, groups } of [warmUp, ...rounds.flat()]) {
      await measureScenario(server, mariadb, { engine, name, groups, firstOwner });
      firstOwner += 10_000;
    }
  } finally {
    await endPrograms();
    await mariadb?.stop();
  }
}

async function startDatabase(): Promise<Mariadb> {
  const mariadb = await startMariadb();
  const root = await mysql2.createConnection(mariadb.url);
  await root.query('CREATE DATABASE chats');
  await root.end();
  return mariadb;
}

function startServer(mariadb: Mariadb | undefined): Promise<ServerProcess> {
  const environment = { JWT_SECRET: testSecret, ...(mariadb && { DATABASE_URL: `${mariadb.url}chats` }) };
  return ServerProcess.start(environment, newFolder(), [process.execPath, program]);
}

async function measureScenario(
  server: ServerProcess,
  mariadb: Mariadb | undefined,
  { engine, name, groups, firstOwner }: { engine: string; name: string; groups: Group[]; firstOwner: number },
): Promise<void> {
  const seconds = Number(values.seconds);
  const pids = [server.program.pid, ...(mariadb ? [mariadb.pid] : [])];
  const clients = groups.map(
    (group, index) => new Clients({ url: server.url, seconds, firstOwner: firstOwner + 5000 * index, group }),
  );
  await Promise.all(clients.map((group) => group.prepare()));
  const before = pids.map(cpuMs);
  const start = performance.now();
  const results = await Promise.all(clients.map((group) => group.run()));
  const wallMs = performance.now() - start;
  if (name === warmUp.name) return;
  const [serverCpu = '', databaseCpu = ''] = pids.map(
    (pid, index) => `${Math.round(((cpuMs(pid) - (before[index] ?? 0)) / wallMs) * 100)} %`,
  );
  for (const { name: group, accepted, refused, broken, p50, p99 } of results) {
    const others = Object.entries({ ...refused, ...(broken > 0 && { broken }) }).map(
      ([what, count]) => `${count} x ${what}`,
    );
    const cells = [engine, name, group, Math.round(accepted / seconds), p50, p99, others.join(', '), serverCpu];
    print(`| ${[...cells, databaseCpu].join(' | ')} |`);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
