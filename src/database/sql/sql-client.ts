export type Parameter = string | number | null;

export interface WriteResult {
  /** Rows that the statement found, also when it changed nothing in them. */
  affected: number;
  insertId: number;
}

/**
 * An UPDATE of one row. `key` is the unique key that `where` names all columns of, and it is forced. Otherwise MariaDB
 * may find the row over another index: over one whose columns the statement changes (it does for an owner with a single
 * session), the row moves away while the statement waits for its lock, and is missed; over any other one, the locks are
 * taken in another order than by those who went through the key, and the two deadlock.
 */
export interface SingleRowUpdate {
  table: string;
  key: string;
  set: string;
  where: string;
}

/**
 * Hand-written SQL with `?` for the paths where speed counts: prepared once a connection, in the open unit of work
 * where there is one, on the pool otherwise. The texts must be constants: each is kept.
 * Numbers that are compared with text columns match every text on MySQL: bind strings there.
 */
export abstract class SqlClient {
  abstract query<Row>(sql: string, parameters: Parameter[]): Promise<Row[]>;

  abstract execute(sql: string, parameters: Parameter[]): Promise<WriteResult>;

  /** @returns whether the row was found, also when nothing had to be changed in it */
  abstract updateOne(update: SingleRowUpdate, parameters: Parameter[]): Promise<boolean>;

  /** Adds one to `column` and makes the other changes. The new number, or undefined when there is no such row. */
  abstract increment(column: string, update: SingleRowUpdate, parameters: Parameter[]): Promise<number | undefined>;

  /** The row, locked until the open unit ends; undefined when there is none. `columns` begins the row's type. */
  abstract selectForUpdate<Row>(
    columns: string,
    table: string,
    where: string,
    parameters: Parameter[],
  ): Promise<Row | undefined>;

  async queryOne<Row>(sql: string, parameters: Parameter[]): Promise<Row | undefined> {
    return (await this.query<Row>(sql, parameters))[0];
  }
}

/**
 * For the table of a list: the index that is its order. Without it MariaDB looks up the owner in that index and reads
 * from the list's end to the page, however deep that lies. SQLite reads the index anyway, and this as a comment.
 */
export function forceIndex(index: string): string {
  return `/*! FORCE INDEX (${index}) */`;
}

/** mysql2 refuses undefined and SQLite would store NULL: neither is what the caller meant. */
export function assertDefined(parameters: Parameter[]): Parameter[] {
  if (parameters.some((parameter) => (parameter as unknown) === undefined)) {
    throw new TypeError('a parameter of an SQL statement is undefined');
  }
  return parameters;
}
