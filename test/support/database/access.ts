import mysql2, { type Connection } from 'mysql2/promise';
import type { DataSource } from 'typeorm';
import { readConfig } from '../../../src/config/read-config.js';
import { longStatements, sessionStatements } from '../../../src/database/mysql/session-variables.js';
import { createDataSource } from '../../../src/database/data-source.js';
import { SqlClient } from '../../../src/database/sql/sql-client.js';
import { TransactionRunner } from '../../../src/database/transactions/transaction-runner.js';
import type { TestDatabase } from './test-database.js';
import type { TestServer } from '../http/server.js';

export function unitOf(server: TestServer): TransactionRunner {
  return server.app.get(TransactionRunner, { strict: false });
}

export function sqlOf(server: TestServer): SqlClient {
  return server.app.get<SqlClient>(SqlClient, { strict: false });
}

/** Connects to this database with the server's data source options, without migrating. */
export async function connect({ environment }: TestDatabase, more: Record<string, string> = {}): Promise<DataSource> {
  return createDataSource(readConfig({ ...environment, ...more }).database).initialize();
}

/** Connects to the database, with no server, for as long as `work` takes. */
export async function withDataSource<Result>(
  database: TestDatabase,
  work: (dataSource: DataSource) => Promise<Result>,
): Promise<Result> {
  const dataSource = await connect(database);
  try {
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

/** A separate MariaDB connection, independent of the server and its pool. */
export async function outsideConnection(dataSource: DataSource): Promise<Connection> {
  const { options } = dataSource;
  if (options.type !== 'mysql') throw new Error('only MariaDB has connections from outside');
  const connection = await mysql2.createConnection({
    host: options.host,
    port: options.port,
    user: options.username,
    ...(options.password !== undefined && { password: options.password }),
    database: options.database,
    supportBigNumbers: true,
  });
  // The server may be one with wrong settings.
  for (const statement of sessionStatements('store', longStatements)) await connection.query(statement);
  return connection;
}

/** Writes and reads rows of the table `user` by id. */
export class Rows {
  #last = 1_000_000;

  constructor(private readonly sql: SqlClient) {}

  /** An id that no row has yet. */
  next(): number {
    return ++this.#last;
  }

  /** Inserts a row, in the open transaction if there is one. */
  async add(id: number): Promise<void> {
    await this.sql.execute('INSERT INTO user (id) VALUES (?)', [id]);
  }

  /** Which of these ids are stored, ascending. */
  async stored(...ids: number[]): Promise<number[]> {
    const rows = await this.sql.query<{ id: number }>(
      `SELECT id FROM user WHERE id IN (${ids.map(() => '?').join(', ')}) ORDER BY id`,
      ids,
    );
    return rows.map(({ id }) => id);
  }
}

/** The number of rows of the table that meet the condition. */
export async function count(sql: SqlClient, table: string, where = '1 = 1', parameters: (string | number)[] = []) {
  const row = await sql.queryOne<{ found: number }>(
    `SELECT COUNT(*) AS found FROM ${table} WHERE ${where}`,
    parameters,
  );
  return Number(row?.found);
}

/** A promise and the function that resolves it. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Waits for all promises to settle, so that nothing goes on after a failed test, and then throws the first error. */
export async function settleAll(promises: Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(promises);
  await Promise.all(promises);
}

/** 0, 1, 2, ... */
export function numbers(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
