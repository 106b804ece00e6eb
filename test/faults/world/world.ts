import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import mysql2 from 'mysql2/promise';
import { FaultProxy } from '../../support/database/fault-proxy.js';
import { startMariadb, type Mariadb } from '../../support/database/mariadb.mjs';
import { ordinaryUser } from '../../support/database/wrong-settings.js';
import { mainProgram, newFolder } from '../../support/process/program.js';
import { ServerProcess, testSecret } from '../../support/process/server.js';
import type { State } from '../history/state.js';
import { Disk } from './disk.js';
import { readMariadb, readSqlite } from './read-state.js';

/** Attempts to cut the power at a moment at which something is lost. */
const maxCuts = 5;
/** One that `ordinaryUser` may use. */
const databaseName = 'chat_test_faults';
const movedClock = fileURLToPath(new URL('moved-clock.mjs', import.meta.url));

export type Engine = 'mariadb' | 'sqlite';

export interface Setting {
  engine: Engine;
  /** How many; SQLite allows one. */
  servers: number;
  /** Keeps the database on a disk whose power can be cut. */
  hasDisk?: boolean;
  /** In addition to those of the tests. */
  mariadbOptions?: string[];
}

interface Database {
  server: Mariadb;
  proxy: FaultProxy;
  /** Without the proxy, as an ordinary user. */
  url: string;
}

/** The built server as separate processes, and its database behind a proxy. */
export class World {
  readonly #servers: ServerProcess[] = [];
  readonly #folder: string;
  readonly #clockFile = join(newFolder(), 'clock');

  private constructor(
    private readonly setting: Setting,
    private readonly database: Database | undefined,
    readonly disk: Disk | undefined,
  ) {
    this.#folder = disk && !database ? disk.folder : newFolder();
  }

  static async start(setting: Setting): Promise<World> {
    const disk = setting.hasDisk === true ? Disk.create() : undefined;
    const database = setting.engine === 'mariadb' ? await startDatabase(setting, disk) : undefined;
    const world = new World(setting, database, disk);
    if (database && disk) {
      // MariaDB's own tables (accounts, rights) are not written at once.
      await world.asRoot('FLUSH TABLES');
      disk.flush();
    }
    for (let index = 0; index < setting.servers; index++) await world.startServer(index);
    return world;
  }

  get urls(): string[] {
    return this.#servers.map(({ url }) => url);
  }

  /** The URL of the first server. */
  get url(): string {
    const [url] = this.urls;
    if (url === undefined) throw new Error('there is no server');
    return url;
  }

  /** Of the servers. */
  get pids(): number[] {
    return this.#servers.map(({ program }) => program.pid);
  }

  /** The URL of the database, not through the proxy. */
  get databaseUrl(): string {
    return this.behind.url;
  }

  get mariadb(): Mariadb {
    return this.behind.server;
  }

  get proxy(): FaultProxy {
    return this.behind.proxy;
  }

  /** Ends a server with the signal and starts it again. */
  async restartServer(index: number, signal: NodeJS.Signals): Promise<void> {
    await this.#servers[index]?.end(signal);
    await this.startServer(index);
  }

  async freezeMariadb(milliseconds: number): Promise<void> {
    this.mariadb.kill('SIGSTOP');
    await sleep(milliseconds);
    this.mariadb.kill('SIGCONT');
  }

  async killMariadb(): Promise<void> {
    await this.mariadb.end('SIGKILL');
    await this.startMariadb();
  }

  /** Stops MariaDB and starts it again. */
  async restartMariadb(): Promise<void> {
    await this.mariadb.end();
    await this.startMariadb();
  }

  /** Executes a statement as root. */
  async asRoot(statement: string): Promise<void> {
    const connection = await mysql2.createConnection(this.mariadb.url);
    await connection.query(statement);
    await connection.end();
  }

  /**
   * Cuts the power of the database, and with `withServers`, or on SQLite, of the servers too; then starts them again.
   * @throws when nothing was lost five times: such cuts prove nothing
   */
  async cutPower(withServers: boolean): Promise<void> {
    for (let attempt = 0; attempt < maxCuts; attempt++) if (await this.cutPowerOnce(withServers)) return;
    throw new Error('the power cuts have lost nothing');
  }

  private async cutPowerOnce(withServers: boolean): Promise<boolean | undefined> {
    const mariadb = this.database?.server;
    const servers = withServers || !mariadb ? [...this.#servers] : [];
    const hasLost = await this.disk?.cutPower(
      () => {
        for (const { program } of servers) program.signal('SIGSTOP');
        mariadb?.kill('SIGSTOP');
      },
      async () => {
        await Promise.all([...servers.map((server) => server.end('SIGKILL')), mariadb?.end('SIGKILL')]);
      },
    );
    if (mariadb) await this.startMariadb();
    for (const index of servers.keys()) await this.startServer(index);
    return hasLost;
  }

  /** Starts MariaDB if it has ended by itself, as the system does: a full disk ends it now and then. */
  async reviveMariadb(): Promise<void> {
    if (this.database?.server.hasEnded) await this.startMariadb();
  }

  /** Moves the clock of all servers by so many ms from the system's, until they are started again. */
  async moveClock(milliseconds: number): Promise<void> {
    writeFileSync(this.#clockFile, String(milliseconds));
    for (const { program } of this.#servers) program.signal('SIGUSR2');
    await sleep(300);
  }

  /** Stops the servers and reads what is stored. */
  async end(): Promise<State> {
    await Promise.all(this.#servers.map((server) => server.end('SIGTERM')));
    return this.database ? readMariadb(this.database.url) : readSqlite(`${this.#folder}/data/chat-store.sqlite`);
  }

  async remove(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.end('SIGKILL')));
    this.database?.proxy.stop();
    await this.database?.server.stop();
    this.disk?.remove();
  }

  private get behind() {
    if (!this.database) throw new Error('there is no MariaDB');
    return this.database;
  }

  private startMariadb(): Promise<void> {
    return this.mariadb.start({ options: this.setting.mariadbOptions });
  }

  private async startServer(index: number): Promise<void> {
    const url = this.database?.proxy.url;
    const environment = {
      ...{ JWT_SECRET: testSecret, CLOCK_FILE: this.#clockFile },
      ...(url !== undefined && { DATABASE_URL: url }),
    };
    const [node = '', ...program] = mainProgram;
    const command = [node, '--import', movedClock, ...program];
    this.#servers[index] = await ServerProcess.start(environment, this.#folder, command);
  }
}

async function startDatabase({ mariadbOptions }: Setting, disk: Disk | undefined): Promise<Database> {
  const server = await startMariadb({ options: mariadbOptions }, disk?.folder);
  const url = new URL(databaseName, await ordinaryUser(server)).href;
  const connection = await mysql2.createConnection(server.url);
  await connection.query(`CREATE DATABASE ${databaseName}`);
  await connection.end();
  return { server, url, proxy: await FaultProxy.start(url) };
}
