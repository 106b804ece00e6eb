import type { SqlReader } from '../connection-retry.js';
import type { Owner } from '../../owners/owner.js';

const ownerCondition = 'writeassistdevid = ? AND userid = ? AND source = ? AND source_table = ?';
const rowIdsPerQuery = 1000;

/** Reads the ledger entries of one source. */
export class LedgerRepository {
  private constructor(
    private readonly sql: SqlReader,
    private readonly source: string,
    /** The source of all entries; undefined when the ledger is empty. There is only one: see `assertSameSource`. */
    readonly anySource: string | undefined,
  ) {}

  static async open(sql: SqlReader, source: string): Promise<LedgerRepository> {
    const row = await sql.queryOne<{ source: string }>('SELECT source FROM writeassistdev_chat_imports LIMIT 1', []);
    return new LedgerRepository(sql, source, row?.source);
  }

  /** Whether there were no entries when the import started. An import never reads a row twice. */
  get isEmpty(): boolean {
    return this.anySource === undefined;
  }

  /** The rows without an entry, in the given order. */
  async notRecorded(owner: Owner, table: string, rowIds: number[]): Promise<number[]> {
    const missing: number[] = [];
    for (let start = 0; start < rowIds.length; start += rowIdsPerQuery) {
      const chunk = rowIds.slice(start, start + rowIdsPerQuery);
      const recorded = await this.findRecorded(owner, table, Math.min(...chunk), Math.max(...chunk));
      missing.push(...chunk.filter((rowId) => !recorded.has(rowId)));
    }
    return missing;
  }

  /** The session ids that rows of this table became, by row id. */
  async sessions({ activityId, userId }: Owner, table: string): Promise<Map<number, string>> {
    if (this.isEmpty) return new Map();
    const rows = await this.sql.query<{ rowId: number; sessionId: string }>(
      `SELECT row_id AS rowId, session_id AS sessionId FROM writeassistdev_chat_imports WHERE ${ownerCondition}`,
      [activityId, userId, this.source, table],
    );
    return new Map(rows.map(({ rowId, sessionId }) => [rowId, sessionId]));
  }

  /** The message ids that rows of this table became, by row id; null for rows skipped as duplicates. */
  async messageIds({ activityId, userId }: Owner, table: string): Promise<Map<number, number | null>> {
    const rows = await this.sql.query<{ rowId: number; messageId: number | null }>(
      `SELECT row_id AS rowId, message_id AS messageId FROM writeassistdev_chat_imports WHERE ${ownerCondition}`,
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
      `SELECT row_id AS rowId FROM writeassistdev_chat_imports WHERE ${ownerCondition} AND row_id BETWEEN ? AND ?`,
      [activityId, userId, this.source, table, lowest, highest],
    );
    return new Set(rows.map(({ rowId }) => rowId));
  }
}
