export type Parameter = string | number | null;

export interface Written {
  /** Rows that the statement found, also when it changed nothing in them. */
  affected: number;
  insertId: number;
}

/**
 * An UPDATE of one row. `key` is the unique key that `where` names all columns of, and it is forced: under READ
 * COMMITTED a row that is found over an index whose columns the statement changes (MariaDB takes such a one for an
 * owner with a single session) moves away while the statement waits for its lock, and is missed.
 */
export interface Increment {
  table: string;
  key: string;
  column: string;
  also: string;
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

  /** Adds one to the column and makes the other changes. The new number, or undefined when there is no such row. */
  abstract increment(update: Increment, parameters: Parameter[]): Promise<number | undefined>;

  /** The row, locked until the open unit ends; undefined when there is none. `columns` begins the row's type. */
  abstract lock<Row>(columns: string, table: string, where: string, parameters: Parameter[]): Promise<Row | undefined>;

  async row<Row>(sql: string, parameters: Parameter[]): Promise<Row | undefined> {
    return (await this.rows<Row>(sql, parameters))[0];
  }
}

/** mysql2 refuses undefined and SQLite would store NULL: neither is what the caller meant. */
export function requireDefined(parameters: Parameter[]): Parameter[] {
  if (parameters.some((parameter) => (parameter as unknown) === undefined)) {
    throw new TypeError('a parameter of an SQL statement is undefined');
  }
  return parameters;
}
