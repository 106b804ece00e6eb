import type { DataSource, QueryResult } from 'typeorm';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js';
import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner.js';
import { Mutex } from './mutex.js';
import type { SqliteDatabase } from './sqlite-driver.js';

const maxStatements = 200;

/** The prepared statements of one connection; TypeORM's own cache lives in the query runner, and every runner here is new. */
class StatementCache {
  readonly #statements = new Map<string, ReturnType<SqliteDatabase['prepare']>>();

  get(database: SqliteDatabase, sql: string) {
    const kept = this.#statements.get(sql);
    if (kept) return kept;
    const statement = database.prepare(sql);
    this.#statements.set(sql, statement);
    for (const oldest of this.#statements.keys()) {
      if (this.#statements.size <= maxStatements) break;
      this.#statements.delete(oldest);
    }
    return statement;
  }
}

/**
 * TypeORM gives the embedded engine one query runner for everybody, and overlapping transactions there lose rows
 * (docs/adr/0001-embedded-engine.md). After this, every query runner is its own and has the connection to itself for
 * one transaction or one statement; the others wait, at most `timeoutMs`.
 */
export function queueQueryRunners(dataSource: DataSource, timeoutMs: number): void {
  const mutex = new Mutex();
  const statements = new StatementCache();
  const driver = dataSource.driver as BetterSqlite3Driver;
  const database = () => driver.databaseConnection as SqliteDatabase;

  class SerialisedQueryRunner extends BetterSqlite3QueryRunner {
    #endTurn: (() => void) | undefined;

    override async startTransaction(): Promise<void> {
      this.#endTurn ??= await mutex.acquire(timeoutMs);
      try {
        await super.startTransaction();
      } catch (error) {
        this.isTransactionActive = this.transactionDepth > 0;
        this.#endTurnIfDone();
        throw error;
      }
    }

    override async commitTransaction(): Promise<void> {
      try {
        await super.commitTransaction();
      } finally {
        this.#endTurnIfDone();
      }
    }

    override async rollbackTransaction(): Promise<void> {
      try {
        // Where the disk is full SQLite has rolled back by itself, and there is nothing left to do it to.
        if (database().isTransaction) await super.rollbackTransaction();
        else this.#forgetTransaction();
      } finally {
        this.#endTurnIfDone();
      }
    }

    /** Whoever leaves an open transaction behind has lost it: the next one must not find it. */
    override async release(): Promise<void> {
      if (this.isTransactionActive) await this.rollbackTransaction();
      await super.release();
      // TypeORM leaves its one shared runner usable; whoever kept this one would write outside of any transaction.
      this.isReleased = true;
    }

    override query(query: string, parameters: unknown[] | undefined, useStructuredResult: true): Promise<QueryResult>;
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the signature that TypeORM gives it
    override query(query: string, parameters?: any[], useStructuredResult?: boolean): Promise<any>;
    override async query(query: string, parameters?: unknown[], useStructuredResult = false): Promise<unknown> {
      // IMMEDIATE takes the write lock at the start: no transaction can fail half way for want of it.
      const sql = query === 'BEGIN TRANSACTION' ? 'BEGIN IMMEDIATE' : query;
      const structured = useStructuredResult as true;
      if (this.#endTurn) return super.query(sql, parameters, structured);
      const endTurn = await mutex.acquire(timeoutMs);
      try {
        return await super.query(sql, parameters, structured);
      } finally {
        endTurn();
      }
    }

    #forgetTransaction(): void {
      this.isTransactionActive = false;
      this.transactionDepth = 0;
    }

    #endTurnIfDone(): void {
      if (this.isTransactionActive) return;
      this.#endTurn?.();
      this.#endTurn = undefined;
    }
  }

  // TypeORM declares it private, and asks it for every statement.
  Object.defineProperty(SerialisedQueryRunner.prototype, 'getStmt', {
    value: (sql: string) => Promise.resolve(statements.get(database(), sql)),
  });
  driver.createQueryRunner = () => new SerialisedQueryRunner(driver);
}
