import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { CONFIG } from '../../config/config.module.js';
import type { Config, DatabaseConfig } from '../../config/config.js';
import { DatabaseState } from './database-state.js';
import { errorCode, mysqlErrorNumber } from '../transactions/driver-errors.js';
import { migrate, pendingMigrations } from '../migrations/migrator.js';
import { describeServer, toStartupError } from './startup-errors.js';

const retryDelayMs = 1000;
/** Attempts between two log lines about waiting. */
const attemptsBetweenLogs = 30;

/** Connects and migrates after the server listens, so that `/livez` responds while the database is unreachable. */
@Injectable()
export class DatabaseStarter implements BeforeApplicationShutdown {
  readonly #logger = new Logger('Database');
  readonly #stopping = new AbortController();
  readonly #config: DatabaseConfig;

  constructor(
    @Inject(CONFIG) config: Config,
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly state: DatabaseState,
  ) {
    this.#config = config.database;
  }

  /**
   * Resolves when the database is connected and migrated; waits while it is unreachable, and logs that.
   * @throws StartupError when waiting does not help: access denied, no such database, a file in use
   */
  async start(): Promise<void> {
    await this.untilReachable(async () => {
      if (!this.dataSource.isInitialized) await this.dataSource.initialize();
      if (this.#config.migrateAtStart) await this.migrate();
    });
    await this.untilMigrated();
    this.state.isReady = true;
  }

  beforeApplicationShutdown(): void {
    this.#stopping.abort();
  }

  private async migrate(): Promise<void> {
    const names = await migrate(this.dataSource, () => {
      this.#logger.log('Another process is migrating the database; waiting for it.');
    });
    for (const name of names) this.#logger.log(`Migration done: ${name}`);
  }

  private async untilReachable(attempt: () => Promise<void>): Promise<void> {
    for (let number = 0; ; number++) {
      try {
        await attempt();
        if (number > 0) this.#logger.log('The database is reachable.');
        return;
      } catch (error) {
        const problem = toStartupError(error, this.#config);
        if (problem) throw problem;
        if (number % attemptsBetweenLogs === 0) this.logWaiting(error);
        await this.delay();
      }
    }
  }

  private logWaiting(error: unknown): void {
    const server = this.#config.engine === 'mysql' ? describeServer(this.#config) : 'the database';
    const reason = errorCode(error) ?? String(mysqlErrorNumber(error));
    this.#logger.warn(`Waiting for ${server} (${reason}); trying every ${retryDelayMs / 1000} s.`);
  }

  /** With MIGRATE_AT_START=false another process migrates: the server stays alive and not ready until then. */
  private async untilMigrated(): Promise<void> {
    for (let number = 0; ; number++) {
      let pending: string[] = [];
      await this.untilReachable(async () => {
        pending = await pendingMigrations(this.dataSource);
      });
      if (pending.length === 0) return;
      if (number % attemptsBetweenLogs === 0) {
        this.#logger.warn(`Waiting for ${pending.length} outstanding migrations: run npm run migration:run`);
      }
      await this.delay();
    }
  }

  private delay(): Promise<void> {
    return sleep(retryDelayMs, undefined, { signal: this.#stopping.signal });
  }
}
