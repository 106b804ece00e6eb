import { configurationError } from '../../common/startup-error.js';
import type { openImmutable } from '../../database/sqlite/immutable-database.js';
import type { Parameter } from '../../database/sql/sql-client.js';
import type { StoreTable } from '../../database/store-tables.js';
import { rowName } from '../row-name.js';
import type { Row } from '../table-digest.js';

/** Limits of a batch; a single row may be longer. */
const maxRows = 1000;
const maxUtf16Units = 2 * 1024 * 1024;

/** Reads the tables of the source row by row. */
export class SourceRepository {
  /** Statements that are iterated: the driver's iterators crash the process when theirs is garbage-collected. */
  readonly #iterated = new Set<object>();
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  constructor(private readonly database: ReturnType<typeof openImmutable>) {}

  count({ name }: StoreTable): number {
    const row = this.database.prepare(`SELECT COUNT(*) AS count FROM ${quote(name)}`).get() as { count: number };
    return row.count;
  }

  /**
   * The highest id that was ever assigned, also to a row that was deleted since; 0 when none was.
   * @throws StartupError when no id can follow it
   */
  lastId({ name }: StoreTable): number {
    const statement = this.database.prepare(
      'SELECT CAST(MAX(seq) AS INTEGER) AS lastId FROM sqlite_sequence WHERE name = ?',
    );
    statement.setReadBigInts(true);
    const { lastId } = statement.get(name) as { lastId: bigint | null };
    if (lastId === null) return 0;
    if (lastId <= Number.MAX_SAFE_INTEGER) return Number(lastId);
    throw configurationError(
      `the last id of ${name} is ${lastId}, above the maximum ${Number.MAX_SAFE_INTEGER}: correct it in sqlite_sequence`,
    );
  }

  /**
   * The rows in the order of the primary key, without the first `offset` ones.
   * @throws StartupError when a text is not UTF-8; the driver's error when the file is damaged
   */
  *batches(table: StoreTable, offset = 0): Generator<Row[]> {
    const { name, columns, key } = table;
    const statement = this.database.prepare(
      `SELECT ${columns.map(exactValue).join(', ')} FROM ${quote(name)}
       ORDER BY ${key.map(quote).join(', ')} LIMIT -1 OFFSET ?`,
    );
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    this.#iterated.add(statement);
    try {
      yield* inBatches(this.rows(table, statement.iterate(offset) as Iterable<unknown[]>));
    } finally {
      this.#iterated.delete(statement);
    }
  }

  close(): void {
    this.database.close();
  }

  private *rows(table: StoreTable, found: Iterable<unknown[]>): Generator<Row> {
    for (const values of found) yield this.toRow(table, values);
  }

  private toRow(table: StoreTable, values: unknown[]): Row {
    try {
      return values.map((value) => this.toParameter(value));
    } catch {
      throw configurationError(`${rowName(table, values)} has a text that is not UTF-8`);
    }
  }

  private toParameter(value: unknown): Parameter {
    if (value instanceof Uint8Array) return this.#decoder.decode(value);
    if (typeof value !== 'bigint') return value as number | null;
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
}

function* inBatches(rows: Iterable<Row>): Generator<Row[]> {
  let batch: Row[] = [];
  let units = 0;
  for (const row of rows) {
    batch.push(row);
    units += row.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0);
    if (batch.length < maxRows && units < maxUtf16Units) continue;
    yield batch;
    batch = [];
    units = 0;
  }
  if (batch.length > 0) yield batch;
}

/** Texts as bytes: the driver ends a text at U+0000, and replaces what is not UTF-8. */
function exactValue(column: string): string {
  const name = quote(column);
  return `CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END`;
}

function quote(name: string): string {
  return `"${name}"`;
}
