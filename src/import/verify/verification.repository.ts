import type { SqlClient } from '../../database/sql/sql-client.js';
import type { Owner } from '../../owners/owner.js';
import { ownersPerQuery } from '../source/owner-query.js';
import type { ImportFilter } from '../source/plugin-types.js';

/** A recorded message and its values in this store, which are null when it was deleted. */
export interface RecordedMessage {
  rowId: number;
  sessionId: string;
  sequence: number;
  messageId: number;
  importedAt: number;
  role: string | null;
  timestamp: number | null;
  /** Also null when it is longer than `inlineLimitBytes`: see `content`. */
  content: string | null;
}

const messagesPerQuery = 250;
const inlineLimitBytes = 8192;

/** Reads ledger entries together with the messages and sessions that they refer to. */
export class VerificationRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly source: string,
  ) {}

  async count(): Promise<number> {
    const row = await this.sql.queryOne<{ count: number }>(
      'SELECT COUNT(*) AS count FROM writeassistdev_chat_imports WHERE source = ? AND sequence IS NOT NULL',
      [this.source],
    );
    return row?.count ?? 0;
  }

  /** The next owners with ledger entries after this one, in order. */
  owners(after: Owner | undefined, { activityId, userId }: ImportFilter): Promise<Owner[]> {
    const last = after ?? { activityId: 0, userId: 0 };
    return this.sql.query<Owner>(
      `SELECT DISTINCT writeassistdevid AS activityId, userid AS userId FROM writeassistdev_chat_imports
       WHERE (writeassistdevid > ? OR (writeassistdevid = ? AND userid > ?))
         AND writeassistdevid = COALESCE(?, writeassistdevid) AND userid = COALESCE(?, userid)
       ORDER BY writeassistdevid, userid LIMIT ${ownersPerQuery}`,
      [last.activityId, last.activityId, last.userId, activityId ?? null, userId ?? null],
    );
  }

  /** The next recorded messages after this row, in the order of row ids. */
  async messages(owner: Owner, table: string, after: number): Promise<RecordedMessage[]> {
    const rows = await this.sql.query<RecordedMessage & { bytes: number | null }>(
      `SELECT i.row_id AS rowId, i.session_id AS sessionId, i.sequence, i.message_id AS messageId, i.imported_at AS importedAt,
         c.role, c.timestamp, OCTET_LENGTH(c.content) AS bytes,
         CASE WHEN OCTET_LENGTH(c.content) <= ${inlineLimitBytes} THEN c.content END AS content
       FROM writeassistdev_chat_imports i
       LEFT JOIN writeassistdev_chat c ON c.id = i.message_id AND c.writeassistdevid = i.writeassistdevid
         AND c.userid = i.userid
       WHERE i.writeassistdevid = ? AND i.userid = ? AND i.source = ? AND i.source_table = ? AND i.row_id > ?
       ORDER BY i.row_id LIMIT ${messagesPerQuery}`,
      [owner.activityId, owner.userId, this.source, table, after],
    );
    return rows;
  }

  /** Sessions that were imported from rows of this table and were deleted since. */
  deletedSessions({ activityId, userId }: Owner, table: string): Promise<{ rowId: number; sessionId: string }[]> {
    return this.sql.query(
      `SELECT i.row_id AS rowId, i.session_id AS sessionId FROM writeassistdev_chat_imports i
       LEFT JOIN writeassistdev_chat_sessions s ON s.writeassistdevid = i.writeassistdevid AND s.userid = i.userid
         AND s.session_id = i.session_id
       WHERE i.writeassistdevid = ? AND i.userid = ? AND i.source = ? AND i.source_table = ? AND s.id IS NULL
       ORDER BY i.row_id`,
      [activityId, userId, this.source, table],
    );
  }

  /** The content of a message that is longer than `inlineLimitBytes`. */
  async content({ activityId, userId }: Owner, { messageId }: RecordedMessage): Promise<string> {
    const row = await this.sql.queryOne<{ content: string }>(
      `SELECT content FROM writeassistdev_chat
       WHERE id = ? AND writeassistdevid = ? AND userid = ?`,
      [messageId, activityId, userId],
    );
    return row?.content ?? '';
  }
}
