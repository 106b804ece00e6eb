import type { Pool, PoolConnection, QueryError, ResultSetHeader } from 'mysql2';
import type { DataSource } from 'typeorm';
import { DatabaseUnavailableError, OutcomeUnknownError, StatementTooLargeError } from '../database.errors.js';
import { isConnectionLost, mysqlErrorNumber } from '../transactions/driver-errors.js';
import { reportIfSlow } from '../slow-statements.js';
import { currentRunner } from '../transactions/transaction-context.js';
import type { DatabaseState } from '../connection/database-state.js';
import type { DatabaseWork } from '../work/database-work.js';
import { connectTo, connectUntil } from '../work/timed-connection.js';
import { SqlClient, assertDefined, type SingleRowUpdate, type Parameter, type WriteResult } from './sql-client.js';

/** Prepared statements on TypeORM's pool and on the connections of its transactions; TypeORM itself sends plain text. */
export class MysqlSqlClient extends SqlClient {
  constructor(
    private readonly dataSource: DataSource,
    private readonly state: DatabaseState,
    private readonly work: DatabaseWork,
  ) {
    super();
  }

  query<Row>(sql: string, parameters: Parameter[]): Promise<Row[]> {
    return this.run<Row[]>(sql, parameters);
  }

  async execute(sql: string, parameters: Parameter[]): Promise<WriteResult> {
    try {
      const { affectedRows, insertId } = await this.run<ResultSetHeader>(sql, parameters);
      return { affected: affectedRows, insertId };
    } catch (error) {
      // Outside a transaction the statement has committed, or not.
      if (error instanceof DatabaseUnavailableError && isConnectionLost(error.cause) && !currentRunner()) {
        throw new OutcomeUnknownError(error.cause);
      }
      throw error;
    }
  }

  async updateOne({ table, key, set, where }: SingleRowUpdate, parameters: Parameter[]): Promise<boolean> {
    const statement = `UPDATE ${table} FORCE INDEX (${key}) SET ${set} WHERE ${where}`;
    return (await this.execute(statement, parameters)).affected === 1;
  }

  async increment(
    column: string,
    { table, key, set, where }: SingleRowUpdate,
    parameters: Parameter[],
  ): Promise<number | undefined> {
    // LAST_INSERT_ID(value) returns the value with the result of this statement. It is valid only when a row matched.
    // It stands last: MySQL assigns from left to right, and `set` sees the column as it was, as on SQLite.
    const { affected, insertId } = await this.execute(
      `UPDATE ${table} FORCE INDEX (${key}) SET ${set}, ${column} = LAST_INSERT_ID(${column} + 1) WHERE ${where}`,
      parameters,
    );
    return affected === 0 ? undefined : insertId;
  }

  selectForUpdate<Row>(
    columns: string,
    table: string,
    where: string,
    parameters: Parameter[],
  ): Promise<Row | undefined> {
    return this.queryOne<Row>(`SELECT ${columns} FROM ${table} WHERE ${where} FOR UPDATE`, parameters);
  }

  sha256(column: string): string {
    return `SHA2(CONVERT(${column} USING utf8mb4), 256)`;
  }

  contains(column: string): string {
    // Without the cast MySQL compares characters, by a collation and several times as slowly.
    return `LOCATE(CAST(? AS BINARY), ${column}) > 0`;
  }

  /** Outside a transaction a statement commits by itself and is retried like a transaction. */
  private async run<Result>(sql: string, parameters: Parameter[]): Promise<Result> {
    const runner = currentRunner();
    if (runner) return this.send((await runner.connect()) as PoolConnection, sql, parameters);
    this.state.assertReady();
    const { pool } = this.dataSource.driver as unknown as { pool: Pool };
    return this.work.run('statement', async (deadline) => {
      const { connection, stop } = await connectUntil(deadline, () => connectTo(pool));
      try {
        return await this.send(connection, sql, parameters);
      } finally {
        stop();
        connection.release();
      }
    });
  }

  private send<Result>(target: PoolConnection, sql: string, parameters: Parameter[]): Promise<Result> {
    const start = performance.now();
    return new Promise((resolve, reject) => {
      target.execute(sql, assertDefined(parameters), (error: QueryError | null, result: unknown) => {
        reportIfSlow(this.dataSource, sql, start);
        if (error) reject(this.toPacketError(error, parameters) ?? error);
        else resolve(result as Result);
      });
    });
  }

  /**
   * The server closes the connection after a packet above max_allowed_packet; while the packet is still being sent, the
   * driver sees only the lost connection.
   */
  private toPacketError(error: unknown, parameters: Parameter[]): Error | undefined {
    const { maxPacketBytes } = this.state;
    const bytes = parameterBytes(parameters);
    if (mysqlErrorNumber(error) === packetTooLarge) {
      // A small statement has a large row as its result, which the client cannot change.
      if (bytes < minPacketBytes) return new DatabaseUnavailableError(error);
      return new StatementTooLargeError(maxPacketBytes, error);
    }
    if (!isConnectionLost(error) || maxPacketBytes === undefined || bytes + frameBytes < maxPacketBytes)
      return undefined;
    return new StatementTooLargeError(maxPacketBytes, error);
  }
}

const packetTooLarge = 1153;
/** The smallest max_allowed_packet that a server accepts. */
const minPacketBytes = 1024;
/** More than a packet has besides the texts of a message. */
const frameBytes = 1024;

/** Bytes of the texts, without the frame of the packet. */
function parameterBytes(parameters: Parameter[]): number {
  return parameters.reduce<number>((sum, value) => sum + bytesOf(value), 0);
}

function bytesOf(value: Parameter): number {
  return typeof value === 'string' || value instanceof Uint8Array ? Buffer.byteLength(value) : 0;
}
