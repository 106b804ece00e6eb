import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/config.js';
import {
  holdRequest,
  holdTimeoutMs,
  prepareSocketPath,
  snapshotSocketPath,
  type HoldAnswer,
} from './snapshot-socket.js';
import { SqliteSnapshot } from './snapshot.js';

/**
 * Lets `npm run backup` copy the database of this server: on a socket that only the server's user can reach, it keeps the
 * file unchanged for one client at a time, until that one disconnects.
 */
@Injectable()
export class SnapshotServer implements BeforeApplicationShutdown {
  readonly #logger = new Logger('Snapshot');
  readonly #snapshot: SqliteSnapshot;
  #server: Server | undefined;
  #holder: Socket | undefined;
  #isClosed = false;
  /** Snapshots begin and end one after the other. */
  #last = Promise.resolve();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @InjectDataSource() dataSource: DataSource,
  ) {
    this.#snapshot = new SqliteSnapshot(dataSource);
  }

  /** Call it when the database is open. A server that cannot listen logs why and goes on. */
  async listen(): Promise<void> {
    const { database } = this.config;
    // Node has no Unix sockets on Windows.
    if (database.engine !== 'sqlite' || process.platform === 'win32') return;
    try {
      const path = snapshotSocketPath(database.file);
      prepareSocketPath(path);
      const server = createServer((socket) => {
        this.serve(socket);
      });
      server.listen(path);
      await once(server, 'listening');
      server.on('error', (error) => {
        this.#logger.warn(`The socket of npm run backup does not work: ${error.message}`);
      });
      chmodSync(path, 0o600);
      this.#server = server.unref();
    } catch (error) {
      this.#logger.warn(`npm run backup cannot be used while this server runs: ${(error as Error).message}`);
    }
  }

  /** Before the database is closed, which writes to the file. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#isClosed = true;
    this.#server?.close();
    this.#holder?.destroy();
    this.#holder = undefined;
    await this.#last;
  }

  private serve(socket: Socket): void {
    socket.unref();
    socket.setTimeout(holdTimeoutMs, () => socket.destroy());
    // The snapshot ends with the connection, however that ends.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (this.#holder !== socket) return;
      this.#holder = undefined;
      void this.inTurn(() => this.release());
    });
    createInterface(socket).on('line', (line) => {
      void this.answer(socket, line);
    });
  }

  private async answer(socket: Socket, request: string): Promise<void> {
    const answer = request === holdRequest ? await this.hold(socket) : 'failed';
    if (socket.destroyed) return;
    if (answer === 'held') socket.write(`${answer}\n`);
    else socket.end(`${answer}\n`);
  }

  private async hold(socket: Socket): Promise<HoldAnswer> {
    if (this.#isClosed) return 'failed';
    if (this.#holder !== socket) {
      if (this.#holder) return 'busy';
      this.#holder = socket;
      void this.inTurn(() => this.begin(socket));
    }
    await this.#last;
    return this.isHeldFor(socket) ? 'held' : 'failed';
  }

  private async begin(socket: Socket): Promise<void> {
    try {
      await this.#snapshot.hold();
    } catch (error) {
      this.#logger.warn(`A backup could not begin: ${(error as Error).message}`);
      if (this.isHeldFor(socket)) this.#holder = undefined;
    }
  }

  private isHeldFor(socket: Socket): boolean {
    return this.#holder === socket;
  }

  private async release(): Promise<void> {
    await this.#snapshot.release().catch((error: unknown) => {
      this.#logger.warn(`After a backup the write-ahead log could not be emptied: ${(error as Error).message}`);
    });
  }

  /** @param work never rejects */
  private inTurn(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(work);
    return this.#last;
  }
}
