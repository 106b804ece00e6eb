import { maxId, type Owner } from '../../owners/owner.js';
import * as expressions from './column-expressions.js';
import type { Column } from './column-expressions.js';
import { ownersPerQuery, type Position } from './pages.js';
import type { ImportFilter } from './plugin-types.js';

/** What the source's server says about a table of the plugin. */
export interface TableDescription {
  /** The quoted name. */
  name: string;
  /** By name in lower case. */
  columns: Map<string, Column>;
  /** The quoted name of the index over (user, activity). */
  ownerIndex: string | undefined;
  /** The quoted name of a unique index over the id. */
  idIndex: string | undefined;
  /** Whether all ids are different whole numbers that the ledger has unchanged. */
  hasPlainIds: boolean;
}

/** SQL fragments for reading a table of the plugin owner by owner, whatever the types of its columns are. */
export class SourceTable {
  readonly name: string;
  /** Index hints, or empty: the optimizer may choose a slower index. */
  readonly ownerIndex: string;
  readonly idIndex: string;
  /** Whether an id identifies one row. */
  readonly hasUniqueIds: boolean;
  /** The row's id in the ledger. */
  readonly rowId: string;
  /** The row's position in the order of the rows. */
  readonly position: string;
  /** The row's id in the report. */
  readonly rowName: string;
  /** Matches one owner; parameters: user id, activity id. */
  readonly isOwner: string;
  /** Restricts rows to the filter's user and activity: empty, or begins with AND. */
  readonly filter: string;
  readonly #columns: Map<string, Column>;
  readonly #userId: string;
  readonly #activityId: string;

  /** @param description has the columns `id`, `userid` and `activityColumn` */
  constructor(
    { name, columns, ownerIndex, idIndex, hasPlainIds }: TableDescription,
    private readonly activityColumn: string,
    { userId, activityId }: ImportFilter,
  ) {
    this.name = name;
    this.#columns = columns;
    this.ownerIndex = hint(ownerIndex);
    this.idIndex = hint(idIndex);
    this.hasUniqueIds = hasPlainIds;
    const id = this.column('id');
    this.rowId = hasPlainIds ? expressions.integerExpression(id) : expressions.rowIdExpression(id);
    this.position = hasPlainIds ? this.rowId : expressions.positionExpression(id);
    this.rowName = hasPlainIds ? this.rowId : expressions.textExpression(id);
    this.#userId = expressions.integerExpression(this.column('userid'));
    this.#activityId = expressions.integerExpression(this.column(activityColumn));
    this.isOwner = `${this.#userId} = ? AND ${this.#activityId} = ?`;
    const userFilter = userId === undefined ? '' : ` AND ${this.#userId} = ${userId}`;
    this.filter = activityId === undefined ? userFilter : `${userFilter} AND ${this.#activityId} = ${activityId}`;
  }

  /**
   * Restricts rows to those with an id, behind a position: begins with AND.
   * @param position undefined: from the first row
   */
  isAfter(position: Position | undefined): string {
    return ` AND ${this.position} ${position === undefined ? 'IS NOT NULL' : `> ${position}`}`;
  }

  /** The type of the column in information_schema; undefined if the table does not have it. */
  typeOf(column: string): string | undefined {
    return this.#columns.get(column)?.type;
  }

  /** The column as text in utf8mb4; NULL if the table does not have it. Columns of bytes stay bytes. */
  text(column: string): string {
    return this.express(column, expressions.textExpression);
  }

  /** The column as text for comparisons in SQL. */
  comparable(column: string): string {
    return this.express(column, expressions.comparableExpression);
  }

  /** The column for `parseTimeColumn`. */
  time(column: string): string {
    return this.express(column, expressions.timeExpression);
  }

  /** The column as a number of seconds, for comparisons in SQL. */
  comparableTime(column: string): string {
    return this.express(column, expressions.comparableTimeExpression);
  }

  flag(column: string): string {
    return this.express(column, expressions.flagExpression);
  }

  /**
   * Selects the first owners after one; parameters: `afterParameters`.
   * @param condition empty, or begins with AND
   */
  selectOwners(condition: string): string {
    const [user, activity] = [this.#userId, this.#activityId];
    return `SELECT DISTINCT ${user} AS userId, ${activity} AS activityId FROM ${this.name} ${this.ownerIndex}
      WHERE (${user} > ? OR (${user} = ? AND ${activity} > ?)) AND ${user} <= ${maxId} AND ${activity} BETWEEN 1 AND ${maxId}
        ${condition}${this.filter} ORDER BY userId, activityId LIMIT ${ownersPerQuery}`;
  }

  /** @param owner undefined: before the first one, whose user is 1 */
  static afterParameters(owner: Owner | undefined): number[] {
    const { userId = 0, activityId = maxId } = owner ?? {};
    return [userId, userId, activityId];
  }

  /**
   * Selects rows without a valid user or activity, or without an id; parameters: offset.
   * @param condition empty, or begins with AND
   */
  selectUnusable(condition: string, limit: number): string {
    const [user, activity] = [this.#userId, this.#activityId];
    const isOutside = (id: string) => `${id} IS NULL OR ${id} < 1 OR ${id} > ${maxId}`;
    const text = (column: string) => expressions.textExpression(this.column(column));
    return `SELECT ${text('id')} AS name, ${text('userid')} AS userId, ${text(this.activityColumn)} AS activityId
      FROM ${this.name} WHERE (${isOutside(user)} OR ${isOutside(activity)} OR ${this.rowId} IS NULL)
        ${condition}${this.filter} ORDER BY name, userId, activityId LIMIT ${limit} OFFSET ?`;
  }

  /** The column that it must have. */
  private column(name: string): Column {
    const column = this.#columns.get(name);
    if (!column) throw new Error(`${this.name} has no column ${name}`);
    return column;
  }

  private express(name: string, expression: (column: Column) => string): string {
    const column = this.#columns.get(name);
    return column ? expression(column) : 'NULL';
  }
}

function hint(index: string | undefined): string {
  return index === undefined ? '' : `FORCE INDEX (${index})`;
}
