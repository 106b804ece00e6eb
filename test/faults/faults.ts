import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultyHttp, Observations } from './clients/http.js';
import type { Random } from './clients/random.js';
import type { Setting, World } from './world/world.js';

export interface Fault extends Setting {
  name: string;
  /** A control, to show that the fault can lose what was acknowledged. Only in a campaign. */
  mustLose?: boolean;
  /** Resolves when the fault has ended. */
  inject(world: World, random: Random, http: FaultyHttp): Promise<void>;
}

/** How long a fault lasts that has an end of its own, in ms. */
const lastsMs = 2000;
/** The longest wait, in ms, until a fault has made a server reject something. */
const maxRejectionMs = 20_000;
/** How long MariaDB is watched after a full disk, which may end it, in ms. It looks once a minute whether there is space. */
const maxRevivalMs = 90_000;
const hourMs = 3_600_000;

type Inject = Fault['inject'];

const onMariadb = (name: string, inject: Inject, more: Partial<Fault> = {}): Fault => ({
  ...{ name, engine: 'mariadb', servers: 1, inject },
  ...more,
});
const onSqlite = (name: string, inject: Inject, more: Partial<Fault> = {}): Fault => ({
  ...{ name, engine: 'sqlite', servers: 1, inject },
  ...more,
});

/** The defaults of MariaDB, which the tests change for speed. */
const flushing = ['--innodb-flush-method=fsync', '--sync-frm=ON'];
/** Without this a second of commits can be lost with the power. */
const durable = [...flushing, '--innodb-flush-log-at-trx-commit=1'];
const undurable = [...flushing, '--innodb-flush-log-at-trx-commit=2'];

export const faults: Fault[] = [
  onSqlite('server killed, SQLite', (world) => world.restartServer(0, 'SIGKILL')),
  onSqlite('server stopped, SQLite', (world) => world.restartServer(0, 'SIGTERM')),
  onSqlite('power cut, SQLite', (world) => world.cutPower(true), { hasDisk: true }),
  onSqlite('disk full, SQLite', fillDisk, { hasDisk: true }),
  onMariadb('server killed', (world) => world.restartServer(0, 'SIGKILL')),
  onMariadb('server stopped', (world) => world.restartServer(0, 'SIGTERM')),
  onMariadb('one of two servers killed', (world, random) => world.restartServer(random.below(2), 'SIGKILL'), {
    servers: 2,
  }),
  onMariadb('MariaDB killed', (world) => world.killMariadb()),
  onMariadb('MariaDB stopped', (world) => world.restartMariadb()),
  onMariadb('MariaDB frozen', (world) => world.freezeMariadb(lastsMs)),
  onMariadb('MariaDB read-only', async (world, _random, http) => {
    await world.asRoot('SET GLOBAL read_only = ON');
    await untilRejecting(http.observations);
    await world.asRoot('SET GLOBAL read_only = OFF');
  }),
  onMariadb('power cut of MariaDB', (world) => world.cutPower(false), { hasDisk: true, mariadbOptions: durable }),
  onMariadb('power cut of both', (world) => world.cutPower(true), {
    ...{ hasDisk: true, mariadbOptions: durable, servers: 2 },
  }),
  onMariadb('power cut, control that must lose', (world) => world.cutPower(false), {
    ...{ hasDisk: true, mariadbOptions: undurable, mustLose: true },
  }),
  onMariadb('disk full', fillDisk, { hasDisk: true, mariadbOptions: durable }),
  onMariadb('connections reset', ({ proxy }) => {
    proxy.reset();
    return Promise.resolve();
  }),
  onMariadb(
    'connection cut at COMMIT',
    async ({ proxy }) => {
      for (let cut = 0; cut < 5; cut++) await proxy.cutAtNextCommit();
    },
    { servers: 2 },
  ),
  onMariadb('connections cut in a packet', async ({ proxy }, random) => {
    proxy.cutAfter(1 + random.below(20_000));
    await sleep(500);
  }),
  onMariadb('black hole', async ({ proxy }) => {
    proxy.blackHole(true);
    await sleep(lastsMs);
    proxy.blackHole(false);
  }),
  onMariadb('slow network', async ({ proxy }) => {
    proxy.delay(50);
    await sleep(lastsMs);
    proxy.delay(0);
  }),
  onMariadb('clients leave half way', async (_world, _random, http) => {
    http.leave(0.5);
    await sleep(lastsMs);
    http.leave(0);
  }),
  onMariadb('clock jumps', jumpClock, { servers: 2 }),
  onSqlite('clock jumps, SQLite', jumpClock),
];

async function fillDisk(world: World, _random: Random, { observations }: FaultyHttp): Promise<void> {
  world.disk?.fill();
  try {
    await untilRejecting(observations);
  } finally {
    world.disk?.free();
  }
  const freedAt = performance.now();
  while (observations.acknowledgedAt < freedAt && performance.now() - freedAt < maxRevivalMs) {
    await world.reviveMariadb();
    await sleep(20);
  }
}

/** Forward, back, and behind the system's clock; a server that is started then stamps after what is stored. */
async function jumpClock(world: World): Promise<void> {
  for (const milliseconds of [hourMs, 0, -hourMs]) await world.moveClock(milliseconds);
  await world.restartServer(0, 'SIGTERM');
}

/** @throws if no server rejects anything: then there was no fault */
async function untilRejecting(observations: Observations): Promise<void> {
  const start = performance.now();
  while (observations.unavailableAt < start) {
    if (performance.now() - start > maxRejectionMs) throw new Error(`nothing is rejected after ${maxRejectionMs} ms`);
    await sleep(5);
  }
}
