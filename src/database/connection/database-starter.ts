import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { configurationError } from '../../common/startup-error.js';
import { CONFIG } from '../../config/config.module.js';
import type { Config, DatabaseConfig } from '../../config/config.js';
import { connect, proveWrites } from './connect.js';
import { copyWarnings } from './copy-warnings.js';
import { DatabaseState } from './database-state.js';
import { durabilityFindings, readDurability } from './durability.js';
import { listed, otherTables } from '../migrations/assert-own-tables.js';
import { migrate, pendingMigrations } from '../migrations/migrator.js';
import { assertCompatible } from '../migrations/schema-compatibility.js';
import { checkTables, limitWarnings, readServerLimits } from './server-checks.js';
import { withQueryRunner } from '../with-query-runner.js';
import { connectionLimitHint, describeReason, describeServer, toStartupError } from './startup-errors.js';

const retryDelayMs = 1000;
/** Attempts between two log lines about waiting. */
const attemptsBetweenLogs = 30;

/** Connects and migrates after the server listens, so that `/livez` responds while the database is unreachable. */
@Injectable()
export class DatabaseStarter implements BeforeApplicationShutdown {
  readonly #logger = new Logger('Database');
  #durabilityWarnings: string[] = [];
  readonly #stopping = new AbortController();
  readonly #config: DatabaseConfig;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly state: DatabaseState,
  ) {
    this.#config = config.database;
  }

  /**
   * Resolves when the database is connected, migrated and checked; waits while it is unreachable, and logs that. Warns of
   * what users will notice.
   * @throws StartupError when waiting does not help: access denied, no such database, a file in use
   */
  async start(): Promise<void> {
    if (this.config.production && this.#config.engine === 'sqlite') {
      this.#logger.warn('In production on SQLite, which is for small sites: set DATABASE_URL for MariaDB or MySQL.');
    }
    await this.untilReachable(async () => {
      if (!this.dataSource.isInitialized) await connect(this.dataSource, this.#config);
      await this.assertDurable();
      this.state.missing = 'migrations';
      if (this.#config.migrateAtStart) await this.migrate();
    });
    await this.untilMigrated();
    this.state.missing = 'checks';
    await this.untilReachable(async () => {
      for (const warning of await this.check()) this.#logger.warn(warning);
    });
    await this.untilReachable(() => proveWrites(this.dataSource, this.#config));
    this.state.isReady = true;
  }

  beforeApplicationShutdown(): void {
    this.#stopping.abort();
  }

  /** Before the first write. @throws StartupError */
  private async assertDurable(): Promise<void> {
    const config = this.#config;
    if (config.engine === 'sqlite') return;
    const settings = await withQueryRunner(this.dataSource, readDurability);
    const findings = durabilityFindings(settings, config, this.config.production);
    for (const { level, text } of findings) if (level === 'error') throw configurationError(text);
    this.#durabilityWarnings = findings.filter(({ level }) => level === 'warning').map(({ text }) => text);
  }

  private async migrate(): Promise<void> {
    const onWaiting = () => {
      this.#logger.log('Another process is migrating the database; waiting for it.');
    };
    const names = await migrate(this.dataSource, onWaiting, this.#config);
    if (names.length > 0) this.#logger.log(`Migrations done: ${names.join(', ')}`);
  }

  /** Checks the migrated database, and returns a line for each thing that an administrator should know. */
  private async check(): Promise<string[]> {
    const warnings: string[] = [];
    const newer = await assertCompatible(this.dataSource);
    if (newer.length > 0) {
      warnings.push(`This program is older than its database, which has ${listed(newer)}; it can run on it.`);
    }
    return withQueryRunner(this.dataSource, async (runner) => {
      if (this.#config.engine === 'mysql') {
        warnings.push(...this.#durabilityWarnings);
        const limits = await readServerLimits(runner);
        this.state.maxPacketBytes = limits.maxPacketBytes;
        warnings.push(...limitWarnings(limits, this.#config, this.config.maxContentBytes));
        await checkTables(runner, this.dataSource);
        warnings.push(...(await copyWarnings(runner, this.config.dataDirectory)));
      }
      const others = this.#config.shared ? [] : await otherTables(runner, this.dataSource);
      if (others.length > 0) warnings.push(`The database also has tables of other programs: ${listed(others)}.`);
      return warnings;
    });
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
        this.state.missing = 'connection';
        if (number % attemptsBetweenLogs === 0) this.logWaiting(error);
        await this.delay();
      }
    }
  }

  private logWaiting(error: unknown): void {
    const server = this.#config.engine === 'mysql' ? describeServer(this.#config) : 'the database';
    const reason = `(${describeReason(error)})${connectionLimitHint(error)}`;
    this.#logger.warn(`Waiting for ${server} ${reason}; trying every ${retryDelayMs / 1000} s.`);
  }

  /** With MIGRATE_AT_START=false another process migrates: the server stays alive and not ready until then. */
  private async untilMigrated(): Promise<void> {
    for (let number = 0; ; number++) {
      let pending: string[] = [];
      await this.untilReachable(async () => {
        pending = await pendingMigrations(this.dataSource);
      });
      if (pending.length === 0) return;
      this.state.missing = 'migrations';
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
