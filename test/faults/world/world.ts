import { setTimeout as sleep } from 'node:timers/promises';
import mysql2 from 'mysql2/promise';
import { startMariadb, type Mariadb } from '../../support/database/mariadb.mjs';
import { newFolder } from '../../support/process/program.js';
import { ServerProcess, testSecret } from '../../support/process/server.js';
import type { State } from '../history/state.js';
import { FaultProxy } from '../../support/database/fault-proxy.js';
import { readMariadb, readSqlite } from './read-state.js';

const databaseName = 'chats';

export type Engine = 'mariadb' | 'sqlite';

/** The built server as separate processes, and its database behind a proxy. */
export class World {
  readonly #folder = newFolder();
  #servers: ServerProcess[] = [];

  private constructor(private readonly database: { server: Mariadb; proxy: FaultProxy; url: string } | undefined) {}

  /** SQLite allows one server. */
  static async start(engine: Engine, servers: number): Promise<World> {
    const world = new World(engine === 'mariadb' ? await startDatabase() : undefined);
    for (let index = 0; index < servers; index++) await world.startServer(index);
    return world;
  }

  get urls(): string[] {
    return this.#servers.map(({ url }) => url);
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
    await this.mariadb.start();
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
  }

  private get behind() {
    if (!this.database) throw new Error('there is no MariaDB');
    return this.database;
  }

  private async startServer(index: number): Promise<void> {
    const url = this.database?.proxy.url;
    const environment = { JWT_SECRET: testSecret, ...(url !== undefined && { DATABASE_URL: url }) };
    this.#servers[index] = await ServerProcess.start(environment, this.#folder);
  }
}

async function startDatabase() {
  const server = await startMariadb();
  const url = new URL(databaseName, server.url).href;
  const root = await mysql2.createConnection(server.url);
  await root.query(`CREATE DATABASE ${databaseName}`);
  await root.end();
  return { server, url, proxy: await FaultProxy.start(url) };
}
