import type { DataSource, QueryResult } from 'typeorm';
import { currentRunner } from '../transactions/transaction-context.js';
import type { DatabaseState } from '../connection/database-state.js';
import type { DatabaseWork } from '../work/database-work.js';
import { SqlClient, assertDefined, type SingleRowUpdate, type Parameter, type WriteResult } from './sql-client.js';

/** Statements on SQLite, through query runners that queue for its one connection. */
export class SqliteSqlClient extends SqlClient {
  constructor(
    private readonly dataSource: DataSource,
    private readonly state: DatabaseState,
    private readonly work: DatabaseWork,
  ) {
    super();
  }

  async query<Row>(sql: string, parameters: Parameter[]): Promise<Row[]> {
    return (await this.run(sql, parameters)).records as Row[];
  }

  async execute(sql: string, parameters: Parameter[]): Promise<WriteResult> {
    const result = await this.run(sql, parameters);
    return { affected: Number(result.affected), insertId: Number(result.raw) };
  }

  async updateOne({ table, set, where }: SingleRowUpdate, parameters: Parameter[]): Promise<boolean> {
    return (await this.execute(`UPDATE ${table} SET ${set} WHERE ${where}`, parameters)).affected === 1;
  }

  async increment(
    column: string,
    { table, set, where }: SingleRowUpdate,
    parameters: Parameter[],
  ): Promise<number | undefined> {
    const row = await this.queryOne<{ value: number }>(
      `UPDATE ${table} SET ${column} = ${column} + 1, ${set} WHERE ${where} RETURNING ${column} AS value`,
      parameters,
    );
    return row?.value;
  }

  /** SQLite runs one transaction at a time, so a plain SELECT is sufficient. */
  selectForUpdate<Row>(
    columns: string,
    table: string,
    where: string,
    parameters: Parameter[],
  ): Promise<Row | undefined> {
    return this.queryOne<Row>(`SELECT ${columns} FROM ${table} WHERE ${where}`, parameters);
  }

  /** As bytes: SQLite ends a text at its first NUL when it gives it to a function. */
  sha256(column: string): string {
    return `sha256(CAST(${column} AS BLOB))`;
  }

  contains(column: string): string {
    return `instr(${column}, ?) > 0`;
  }

  private async run(sql: string, parameters: Parameter[]): Promise<QueryResult> {
    const runner = currentRunner();
    if (runner) return runner.query(sql, assertDefined(parameters), true);
    this.state.assertReady();
    return this.work.run('statement', () =>
      this.dataSource.createQueryRunner('master').query(sql, assertDefined(parameters), true),
    );
  }
}
