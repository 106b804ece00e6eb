import { LRUCache } from 'lru-cache';
import type { DataSource, QueryResult } from 'typeorm';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js';
import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner.js';
import { Mutex } from './mutex.js';
import type { SqliteDatabase } from './sqlite-driver.js';

/** Prepared statements that the connection keeps. */
const maxStatements = 200;

/**
 * TypeORM shares one query runner between all callers on SQLite, and overlapping transactions then lose rows
 * (docs/adr/0001-embedded-engine.md). After this call every query runner is new, and has the connection exclusively for
 * one transaction or one statement. The others wait, at most `timeoutMs` (DatabaseBusyError after that).
 */
export function queueQueryRunners(dataSource: DataSource, timeoutMs: number): void {
  const mutex = new Mutex();
  const driver = dataSource.driver as BetterSqlite3Driver;
  const database = () => driver.databaseConnection as SqliteDatabase;
  // TypeORM's own cache belongs to the query runner, and here every runner is new.
  const statements = new LRUCache<string, ReturnType<SqliteDatabase['prepare']>>({
    max: maxStatements,
    memoMethod: (sql) => database().prepare(sql),
  });

  class QueuedQueryRunner extends BetterSqlite3QueryRunner {
    #release: (() => void) | undefined;

    override async startTransaction(): Promise<void> {
      this.#release ??= await mutex.acquire(timeoutMs);
      try {
        await super.startTransaction();
      } catch (error) {
        this.isTransactionActive = this.transactionDepth > 0;
        this.#releaseIfDone();
        throw error;
      }
    }

    override async commitTransaction(): Promise<void> {
      try {
        await super.commitTransaction();
      } finally {
        this.#releaseIfDone();
      }
    }

    override async rollbackTransaction(): Promise<void> {
      try {
        // On a full disk SQLite has already rolled back.
        if (database().isTransaction) await super.rollbackTransaction();
        else this.#forgetTransaction();
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
      // IMMEDIATE takes the write lock at the start, so that a transaction cannot fail later because it lacks it.
      const sql = query === 'BEGIN TRANSACTION' ? 'BEGIN IMMEDIATE' : query;
      const structured = useStructuredResult as true;
      if (this.#release) return super.query(sql, parameters, structured);
      const release = await mutex.acquire(timeoutMs);
      try {
        return await super.query(sql, parameters, structured);
      } finally {
        release();
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

  // TypeORM prepares every statement with this method, and declares it private.
  Object.defineProperty(QueuedQueryRunner.prototype, 'getStmt', {
    value: (sql: string) => Promise.resolve(statements.memo(sql)),
  });
  driver.createQueryRunner = () => new QueuedQueryRunner(driver);
}
