import { LRUCache } from 'lru-cache';
import { QueryFailedError, QueryResult, QueryRunnerAlreadyReleasedError, type DataSource } from 'typeorm';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js';
import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner.js';
import { reportIfSlow } from '../slow-statements.js';
import { Mutex, type Release } from './mutex.js';
import type { SqliteDatabase } from './sqlite-driver.js';

/** Prepared statements that the connection keeps. */
const maxStatements = 200;

/**
 * TypeORM shares one query runner between all callers on SQLite, and overlapping transactions then lose rows
 * (docs/adr/0001-embedded-engine.md). After this call every query runner is new, and has the connection exclusively for
 * one transaction or one statement. The others wait, at most `timeoutMs` (DatabaseBusyError after that).
 *
 * Statements go past TypeORM, whose events and log are not used (docs/adr/0036-cpu-of-a-request.md). There are no nested
 * transactions.
 */
export function queueQueryRunners(dataSource: DataSource, timeoutMs: number): void {
  const mutex = new Mutex();
  const takeConnection = () => mutex.tryAcquire() ?? mutex.acquire(timeoutMs);
  const driver = dataSource.driver as BetterSqlite3Driver;
  const database = () => driver.databaseConnection as SqliteDatabase;
  const statements = new LRUCache<string, ReturnType<SqliteDatabase['prepare']>>({
    max: maxStatements,
    memoMethod: (sql) => database().prepare(sql),
  });

  class QueuedQueryRunner extends BetterSqlite3QueryRunner {
    #release: Release | undefined;

    override async startTransaction(): Promise<void> {
      if (this.isTransactionActive) throw new Error('a transaction is open');
      this.#release ??= await takeConnection();
      try {
        // IMMEDIATE takes the write lock at the start, so that a transaction cannot fail later because it lacks it.
        execute('BEGIN IMMEDIATE');
        this.isTransactionActive = true;
        this.transactionDepth = 1;
      } finally {
        this.#releaseIfDone();
      }
    }

    // eslint-disable-next-line @typescript-eslint/require-await -- TypeORM's signature
    override async commitTransaction(): Promise<void> {
      try {
        execute('COMMIT');
        this.#forgetTransaction();
      } finally {
        this.#releaseIfDone();
      }
    }

    // eslint-disable-next-line @typescript-eslint/require-await -- TypeORM's signature
    override async rollbackTransaction(): Promise<void> {
      try {
        // On a full disk SQLite has already rolled back.
        if (database().isTransaction) execute('ROLLBACK');
        this.#forgetTransaction();
      } finally {
        this.#releaseIfDone();
      }
    }

    /** Rolls back a transaction that was left open, so that the next runner does not join it. */
    override async release(): Promise<void> {
      if (this.isTransactionActive) await this.rollbackTransaction();
      await super.release();
      // TypeORM keeps its shared runner usable after release; a write on this one would be outside any transaction.
      this.isReleased = true;
    }

    override query(query: string, parameters: unknown[] | undefined, useStructuredResult: true): Promise<QueryResult>;
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- TypeORM's signature
    override query(query: string, parameters?: any[], useStructuredResult?: boolean): Promise<any>;
    override async query(query: string, parameters?: unknown[], useStructuredResult = false): Promise<unknown> {
      if (this.isReleased) throw new QueryRunnerAlreadyReleasedError();
      const release = this.#release ? undefined : await takeConnection();
      try {
        const result = execute(query, parameters);
        return useStructuredResult ? result : result.raw;
      } finally {
        release?.();
      }
    }

    #forgetTransaction(): void {
      this.isTransactionActive = false;
      this.transactionDepth = 0;
    }

    #releaseIfDone(): void {
      if (this.isTransactionActive) return;
      this.#release?.();
      this.#release = undefined;
    }
  }

  /** @throws QueryFailedError around the driver's error */
  function execute(sql: string, parameters: unknown[] = []): QueryResult {
    const result = new QueryResult();
    const start = performance.now();
    try {
      const statement = statements.memo(sql);
      if (statement.reader) {
        result.records = statement.all(...parameters);
        result.raw = result.records;
      } else {
        const { changes, lastInsertRowid } = statement.run(...parameters);
        result.affected = Number(changes);
        result.raw = lastInsertRowid;
      }
      return result;
    } catch (error) {
      throw new QueryFailedError(sql, parameters, error as Error);
    } finally {
      reportIfSlow(dataSource, sql, start);
    }
  }

  driver.createQueryRunner = () => new QueuedQueryRunner(driver);
}
