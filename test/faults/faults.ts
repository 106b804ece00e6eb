import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from './clients/random.js';
import type { Engine, World } from './world/world.js';

export interface Fault {
  name: string;
  engine: Engine;
  servers: number;
  /** Resolves when the fault has ended. */
  inject(world: World, random: Random): Promise<void>;
}

/** How long a fault lasts that has an end of its own, in ms. */
const lastsMs = 2000;

const onMariadb = (name: string, inject: Fault['inject'], servers = 1): Fault => ({
  ...{ name, engine: 'mariadb', servers, inject },
});
const onSqlite = (name: string, inject: Fault['inject']): Fault => ({ name, engine: 'sqlite', servers: 1, inject });

export const faults: Fault[] = [
  onSqlite('server killed, SQLite', (world) => world.restartServer(0, 'SIGKILL')),
  onSqlite('server stopped, SQLite', (world) => world.restartServer(0, 'SIGTERM')),
  onMariadb('server killed', (world) => world.restartServer(0, 'SIGKILL')),
  onMariadb('server stopped', (world) => world.restartServer(0, 'SIGTERM')),
  onMariadb('one of two servers killed', (world, random) => world.restartServer(random.below(2), 'SIGKILL'), 2),
  onMariadb('MariaDB killed', (world) => world.killMariadb()),
  onMariadb('MariaDB stopped', (world) => world.mariadb.restart()),
  onMariadb('MariaDB frozen', (world) => world.freezeMariadb(lastsMs)),
  onMariadb('connections reset', ({ proxy }) => {
    proxy.reset();
    return Promise.resolve();
  }),
  onMariadb(
    'connection cut at COMMIT',
    async ({ proxy }) => {
      for (let cut = 0; cut < 5; cut++) await proxy.cutAtNextCommit();
    },
    2,
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
];
