/** Bytes are for binary columns; MySQL would convert those of another column as a text. */
export type Parameter = string | number | Uint8Array | null;

export interface WriteResult {
  /** Number of rows that matched, including rows whose values did not change. */
  affected: number;
  insertId: number;
}

/**
 * An UPDATE of one row. `key` is a unique key, of which `where` contains all columns; MySQL is forced to use it.
 * Otherwise MariaDB may choose another index. If the statement changes a column of that index (as for an owner with one
 * session), the entry moves while the statement waits for the lock, and no row matches. With any other index, the locks
 * are taken in another order than by statements that use the key, which causes deadlocks.
 */
export interface SingleRowUpdate {
  table: string;
  key: string;
  set: string;
  where: string;
}

/**
 * Hand-written SQL with `?` placeholders as prepared statements: in the open transaction, else on a connection of the
 * pool. Statement texts must be constants, since each is cached per connection. Bind strings to text columns: MySQL
 * converts the column to compare it with a number, and 0 then equals every text that does not start with a digit.
 */
export abstract class SqlClient {
  abstract query<Row>(sql: string, parameters: Parameter[]): Promise<Row[]>;

  abstract execute(sql: string, parameters: Parameter[]): Promise<WriteResult>;

  /** @returns whether the row matched, also when its values did not change */
  abstract updateOne(update: SingleRowUpdate, parameters: Parameter[]): Promise<boolean>;

  /**
   * Adds one to `column` and makes the other changes, which see the column as it was before.
   * @returns the new value; undefined when no row matches
   */
  abstract increment(column: string, update: SingleRowUpdate, parameters: Parameter[]): Promise<number | undefined>;

  /**
   * Selects one row and locks it until the open transaction ends.
   * @returns undefined when no row matches
   */
  abstract selectForUpdate<Row>(
    columns: string,
    table: string,
    where: string,
    parameters: Parameter[],
  ): Promise<Row | undefined>;

  /** An expression for the SHA-256 of the UTF-8 bytes that are stored in a text column, in hexadecimal. */
  abstract sha256(column: string): string;

  /** A condition: the bytes of a binary column contain those of the parameter, a Buffer. False for NULL. */
  abstract contains(column: string): string;

  async queryOne<Row>(sql: string, parameters: Parameter[]): Promise<Row | undefined> {
    return (await this.query<Row>(sql, parameters))[0];
  }
}

/**
 * Index hint for a list that is ordered by the index. Without it MariaDB reads the owner's whole index from the end of
 * the list to the page. SQLite uses the index without a hint, and ignores this as a comment.
 */
export function forceIndex(index: string): string {
  return `/*! FORCE INDEX (${index}) */`;
}

/**
 * mysql2 refuses undefined, SQLite would store NULL: both engines refuse it here.
 * @throws TypeError
 */
export function assertDefined(parameters: Parameter[]): Parameter[] {
  if (parameters.includes(undefined as never)) {
    throw new TypeError('a parameter of an SQL statement is undefined');
  }
  return parameters;
}
