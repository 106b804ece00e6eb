import type { DataSource, QueryResult } from 'typeorm';
import { currentRunner } from './current-runner.js';
import type { DatabaseState } from './database-state.js';
import { untilDone } from './retry.js';
import { Sql, requireDefined, type KeyedUpdate, type Parameter, type Written } from './sql.js';

/** The embedded engine, through query runners that queue for its one connection. */
export class SqliteSql extends Sql {
  constructor(
    private readonly dataSource: DataSource,
    private readonly state: DatabaseState,
  ) {
    super();
  }

  async rows<Row>(sql: string, parameters: Parameter[]): Promise<Row[]> {
    return (await this.query(sql, parameters)).records as Row[];
  }

  async write(sql: string, parameters: Parameter[]): Promise<Written> {
    const result = await this.query(sql, parameters);
    return { affected: Number(result.affected), insertId: Number(result.raw) };
  }

  async update({ table, set, where }: KeyedUpdate, parameters: Parameter[]): Promise<boolean> {
    return (await this.write(`UPDATE ${table} SET ${set} WHERE ${where}`, parameters)).affected === 1;
  }

  async increment(
    column: string,
    { table, set, where }: KeyedUpdate,
    parameters: Parameter[],
  ): Promise<number | undefined> {
    const row = await this.row<{ value: number }>(
      `UPDATE ${table} SET ${column} = ${column} + 1, ${set} WHERE ${where} RETURNING ${column} AS value`,
      parameters,
    );
    return row?.value;
  }

  /** A transaction here is the only one: a plain read is as good as a lock. */
  lock<Row>(columns: string, table: string, where: string, parameters: Parameter[]): Promise<Row | undefined> {
    return this.row<Row>(`SELECT ${columns} FROM ${table} WHERE ${where}`, parameters);
  }

  private async query(sql: string, parameters: Parameter[]): Promise<QueryResult> {
    const runner = currentRunner();
    if (runner) return runner.query(sql, requireDefined(parameters), true);
    this.state.requireReady();
    return untilDone(() => this.dataSource.createQueryRunner('master').query(sql, requireDefined(parameters), true));
  }
}
