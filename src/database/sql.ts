export type Parameter = string | number | null;

export interface Written {
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
export interface KeyedUpdate {
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
export abstract class Sql {
  abstract rows<Row>(sql: string, parameters: Parameter[]): Promise<Row[]>;

  abstract write(sql: string, parameters: Parameter[]): Promise<Written>;

  /** @returns whether the row was found, also when nothing had to be changed in it */
  abstract update(update: KeyedUpdate, parameters: Parameter[]): Promise<boolean>;

  /** Adds one to `column` and makes the other changes. The new number, or undefined when there is no such row. */
  abstract increment(column: string, update: KeyedUpdate, parameters: Parameter[]): Promise<number | undefined>;

  /** The row, locked until the open unit ends; undefined when there is none. `columns` begins the row's type. */
  abstract lock<Row>(columns: string, table: string, where: string, parameters: Parameter[]): Promise<Row | undefined>;

  async row<Row>(sql: string, parameters: Parameter[]): Promise<Row | undefined> {
    return (await this.rows<Row>(sql, parameters))[0];
  }
}

/**
 * For the table of a list: the index that is its order. Without it MariaDB looks up the owner in that index and reads
 * from the list's end to the page, however deep that lies. SQLite reads the index anyway, and this as a comment.
 */
export function forced(index: string): string {
  return `/*! FORCE INDEX (${index}) */`;
}

/** mysql2 refuses undefined and SQLite would store NULL: neither is what the caller meant. */
export function requireDefined(parameters: Parameter[]): Parameter[] {
  if (parameters.some((parameter) => (parameter as unknown) === undefined)) {
    throw new TypeError('a parameter of an SQL statement is undefined');
  }
  return parameters;
}
