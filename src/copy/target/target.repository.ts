import type { DataSource, QueryRunner } from 'typeorm';
import type { StandaloneDatabase } from '../../database/connection/standalone-database.js';
import { bulkInsert } from '../../database/sql/bulk-insert.js';
import type { Parameter } from '../../database/sql/sql-client.js';
import type { StoreTable } from '../../database/store-tables.js';
import { withQueryRunner } from '../../database/with-query-runner.js';
import type { Row } from '../table-digest.js';
import { RowCheck } from './row-check.js';

/** Reads and writes the tables of the target. */
export class TargetRepository {
  /** @param maxTextBytes maximum of a text in one statement, in bytes */
  constructor(
    private readonly database: StandaloneDatabase,
    private readonly maxTextBytes: number,
  ) {}

  /** Whether no table has a row. */
  async isEmpty(tables: StoreTable[]): Promise<boolean> {
    return (await firstFilledTable(this.database.dataSource, tables)) === undefined;
  }

  rowCheck(table: StoreTable): RowCheck {
    const { columns } = this.database.dataSource.getMetadata(table.name);
    const copied = columns.filter(({ databaseName }) => table.columns.includes(databaseName));
    return new RowCheck(table, copied, this.maxTextBytes);
  }

  /** Inserts rows with their ids. Inside a transaction. */
  async insert({ name, columns }: StoreTable, rows: Row[]): Promise<void> {
    await bulkInsert(this.database.sql, quote(name), columns.map(quote), rows, this.maxTextBytes);
  }

  /** All rows in the order of the primary key, one by one. */
  async *rows({ name, columns, key }: StoreTable): AsyncGenerator<Row> {
    const runner = this.database.dataSource.createQueryRunner('master');
    try {
      const statement = `SELECT ${list(columns)} FROM ${quote(name)} ORDER BY ${list(key)}`;
      for await (const row of (await runner.stream(statement)) as AsyncIterable<Record<string, Parameter>>) {
        yield columns.map((column) => row[column] ?? null);
      }
    } finally {
      await runner.release();
    }
  }

  /** @throws the driver's error when `continueIds` would not be allowed */
  async assertMayContinueIds({ name }: StoreTable): Promise<void> {
    // Without a change it needs the right ALTER, and does nothing.
    await this.database.sql.query(`ALTER TABLE ${quote(name)}`, []);
  }

  /** Makes the database continue after this id. It never goes back behind the ids that are stored. */
  async continueIds({ name }: StoreTable, lastId: number): Promise<void> {
    await this.database.sql.query(`ALTER TABLE ${quote(name)} AUTO_INCREMENT = ${lastId + 1}`, []);
  }
}

/** The first of the tables that has a row; undefined when none has. Tables that do not exist are empty. */
export function firstFilledTable(dataSource: DataSource, tables: StoreTable[]): Promise<string | undefined> {
  return withQueryRunner(dataSource, async (runner) => {
    for (const { name } of tables) if (await hasRows(runner, name)) return name;
    return undefined;
  });
}

async function hasRows(runner: QueryRunner, name: string): Promise<boolean> {
  if (!(await runner.hasTable(name))) return false;
  const rows = (await runner.query(`SELECT 1 FROM ${quote(name)} LIMIT 1`)) as unknown[];
  return rows.length > 0;
}

function list(columns: string[]): string {
  return columns.map(quote).join(', ');
}

function quote(name: string): string {
  return `\`${name}\``;
}
