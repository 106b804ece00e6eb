import type { Pool, PoolConnection, QueryError, ResultSetHeader } from 'mysql2';
import type { DataSource } from 'typeorm';
import { currentRunner } from './current-runner.js';
import type { DatabaseState } from './database-state.js';
import { untilDone } from './retry.js';
import { Sql, requireDefined, type KeyedUpdate, type Parameter, type Written } from './sql.js';

/** TypeORM sends plain text only; this shares its pool and its transactions' connections, with prepared statements. */
export class MysqlSql extends Sql {
  constructor(
    private readonly dataSource: DataSource,
    private readonly state: DatabaseState,
  ) {
    super();
  }

  rows<Row>(sql: string, parameters: Parameter[]): Promise<Row[]> {
    return this.execute<Row[]>(sql, parameters);
  }

  async write(sql: string, parameters: Parameter[]): Promise<Written> {
    const { affectedRows, insertId } = await this.execute<ResultSetHeader>(sql, parameters);
    return { affected: affectedRows, insertId };
  }

  async update({ table, key, set, where }: KeyedUpdate, parameters: Parameter[]): Promise<boolean> {
    const statement = `UPDATE ${table} FORCE INDEX (${key}) SET ${set} WHERE ${where}`;
    return (await this.write(statement, parameters)).affected === 1;
  }

  async increment(
    column: string,
    { table, key, set, where }: KeyedUpdate,
    parameters: Parameter[],
  ): Promise<number | undefined> {
    // LAST_INSERT_ID(value) puts the value into this statement's own answer; it is read only where a row was found.
    const { affected, insertId } = await this.write(
      `UPDATE ${table} FORCE INDEX (${key}) SET ${column} = LAST_INSERT_ID(${column} + 1), ${set} WHERE ${where}`,
      parameters,
    );
    return affected === 0 ? undefined : insertId;
  }

  lock<Row>(columns: string, table: string, where: string, parameters: Parameter[]): Promise<Row | undefined> {
    return this.row<Row>(`SELECT ${columns} FROM ${table} WHERE ${where} FOR UPDATE`, parameters);
  }

  /** Outside of a unit of work a statement is a transaction of its own, and runs again like one. */
  private async execute<Result>(sql: string, parameters: Parameter[]): Promise<Result> {
    const runner = currentRunner();
    if (runner) return execute((await runner.connect()) as PoolConnection, sql, parameters);
    this.state.requireReady();
    const { pool } = this.dataSource.driver as unknown as { pool: Pool };
    return untilDone(() => execute(pool, sql, parameters));
  }
}

function execute<Result>(target: Pool | PoolConnection, sql: string, parameters: Parameter[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    target.execute(sql, requireDefined(parameters), (error: QueryError | null, result: unknown) => {
      if (error) reject(error);
      else resolve(result as Result);
    });
  });
}
