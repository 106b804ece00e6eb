import type { DataSource, QueryRunner } from 'typeorm';
import { failure, ok, warning, type Finding } from '../../common/finding.js';
import { withTimeout } from '../../common/with-timeout.js';
import type { DatabaseConfig } from '../../config/config.js';
import {
  assertNoOtherTables,
  assertNoUnownedTables,
  listed,
  otherTables,
  tableNames,
} from '../migrations/assert-own-tables.js';
import { pendingMigrations } from '../migrations/migrator.js';
import { assertCompatible } from '../migrations/schema-compatibility.js';
import { withQueryRunner } from '../with-query-runner.js';

const maxCloseMs = 1000;

/** How large the database is, and where. */
export interface DatabaseSpace {
  /** Of all tables of this database; undefined if the server does not say. In bytes. */
  bytes: number | undefined;
  /** The server's directory; undefined if it is on another machine or of the DATA_DIR. */
  directory: string | undefined;
}

/**
 * Looks at a database without changing it: no migration, no new file, and no row that stays. Each method is a check that
 * returns what it has found.
 */
export abstract class DatabaseInspector {
  /** Why the database cannot be looked at; undefined if it can. `open` sets it. */
  unusable: string | undefined;
  /** Whether another process has locked the database. `open` sets it. */
  isLocked = false;
  #closing: Promise<void> | undefined;

  protected constructor(
    protected readonly dataSource: DataSource,
    private readonly config: Pick<DatabaseConfig, 'shared' | 'migrateAtStart'>,
  ) {}

  /** @throws StartupError, or what the driver throws */
  abstract open(): Promise<Finding[]>;
  /** Whether the connection transports every character. */
  abstract characters(): Promise<Finding[]>;
  abstract version(): Promise<Finding[]>;
  abstract durability(): Promise<Finding[]>;
  abstract limits(): Promise<Finding[]>;
  /** @param now the time of this machine, in UTC milliseconds */
  abstract clock(now: () => number): Promise<Finding[]>;
  /** Writes a message, reads it and rolls back. */
  abstract message(): Promise<Finding[]>;
  abstract space(): Promise<DatabaseSpace>;

  async migrations(): Promise<Finding[]> {
    const unknown = await assertCompatible(this.dataSource);
    const pending = await pendingMigrations(this.dataSource);
    const findings: Finding[] = [];
    if (pending.length > 0) {
      const text = `${pending.length} are outstanding`;
      const finding = this.config.migrateAtStart
        ? warning(`${text}. The next start runs them, or npm run migration:run.`)
        : failure(`${text}, and MIGRATE_AT_START is false: run npm run migration:run.`);
      findings.push({ ...finding, details: pending });
    }
    if (unknown.length > 0) {
      findings.push(
        warning(`This program is older than its database, which has ${listed(unknown)}; it can run on it.`),
      );
    }
    return findings.length > 0 ? findings : [ok(`all ${this.dataSource.migrations.length} were run`)];
  }

  /** Whether the tables of this service, and no others, are there, and may be used. */
  async tables(): Promise<Finding[]> {
    return this.withRunner(async (runner) => {
      const { shared } = this.config;
      const others = await otherTables(runner, this.dataSource);
      if (await this.isMigrated()) await this.checkOwnTables(runner);
      if (await this.isEmpty()) {
        await assertNoUnownedTables(runner, tableNames(this.dataSource));
        if (!shared) await assertNoOtherTables(runner, this.dataSource);
      }
      if (others.length === 0) return [ok('no tables of other programs')];
      const text = `tables of other programs: ${listed(others)}`;
      return [shared ? ok(`${text} (DATABASE_SHARED)`) : warning(`There are ${text}. Give this service its own.`)];
    });
  }

  /** Ends the connections, once. Waits for at most a second: a statement may hang. */
  close(): Promise<void> {
    this.#closing ??= withTimeout(
      maxCloseMs,
      this.end().catch(() => undefined),
      () => undefined,
    );
    return this.#closing;
  }

  async isMigrated(): Promise<boolean> {
    return (await pendingMigrations(this.dataSource)).length === 0;
  }

  protected async end(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  /** Whether no migration was run. */
  private async isEmpty(): Promise<boolean> {
    return (await pendingMigrations(this.dataSource)).length === this.dataSource.migrations.length;
  }

  /** @throws StartupError */
  protected abstract checkOwnTables(runner: QueryRunner): Promise<void>;

  /** Each has a connection of its own: a statement that hangs makes no other wait. */
  protected withRunner<Result>(work: (runner: QueryRunner) => Promise<Result>): Promise<Result> {
    return withQueryRunner(this.dataSource, work);
  }
}
