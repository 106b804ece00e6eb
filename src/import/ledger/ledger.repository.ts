import type { SqlClient } from '../../database/sql/sql-client.js';
import type { Owner } from '../../owners/owner.js';

const ofOwner = 'writeassistdevid = ? AND userid = ? AND source = ? AND source_table = ?';
const rowIdsPerQuery = 1000;

/** What has come over before, from one source. */
export class LedgerRepository {
  private constructor(
    private readonly sql: SqlClient,
    private readonly source: string,
    /** A source that rows have come from; undefined when none have. Never two: see `refuseOtherSource`. */
    readonly anySource: string | undefined,
  ) {}

  static async open(sql: SqlClient, source: string): Promise<LedgerRepository> {
    const row = await sql.queryOne<{ source: string }>('SELECT source FROM writeassistdev_chat_imports LIMIT 1', []);
    return new LedgerRepository(sql, source, row?.source);
  }

  /** Nothing has come before this import; what it notes itself it does not meet again. */
  get isEmpty(): boolean {
    return this.anySource === undefined;
  }

  /** Which of these rows are not noted, in their order. */
  async notRecorded(owner: Owner, table: string, rowIds: number[]): Promise<number[]> {
    const missing: number[] = [];
    for (let start = 0; start < rowIds.length; start += rowIdsPerQuery) {
      const some = rowIds.slice(start, start + rowIdsPerQuery);
      const noted = await this.findRecorded(owner, table, Math.min(...some), Math.max(...some));
      missing.push(...some.filter((rowId) => !noted.has(rowId)));
    }
    return missing;
  }

  /** The sessions that rows of this table have become: by the row's id. */
  async sessions({ activityId, userId }: Owner, table: string): Promise<Map<number, string>> {
    if (this.isEmpty) return new Map();
    const rows = await this.sql.query<{ rowId: number; sessionId: string }>(
      `SELECT row_id AS rowId, session_id AS sessionId FROM writeassistdev_chat_imports WHERE ${ofOwner}`,
      [activityId, userId, this.source, table],
    );
    return new Map(rows.map(({ rowId, sessionId }) => [rowId, sessionId]));
  }

  /** The messages that rows of this table have become: by the row's id; null where a row was also another one. */
  async messageIds({ activityId, userId }: Owner, table: string): Promise<Map<number, number | null>> {
    const rows = await this.sql.query<{ rowId: number; messageId: number | null }>(
      `SELECT row_id AS rowId, message_id AS messageId FROM writeassistdev_chat_imports WHERE ${ofOwner}`,
      [activityId, userId, this.source, table],
    );
    return new Map(rows.map(({ rowId, messageId }) => [rowId, messageId]));
  }

  private async findRecorded(
    { activityId, userId }: Owner,
    table: string,
    lowest: number,
    highest: number,
  ): Promise<Set<number>> {
    const rows = await this.sql.query<{ rowId: number }>(
      `SELECT row_id AS rowId FROM writeassistdev_chat_imports WHERE ${ofOwner} AND row_id BETWEEN ? AND ?`,
      [activityId, userId, this.source, table, lowest, highest],
    );
    return new Set(rows.map(({ rowId }) => rowId));
  }
}
