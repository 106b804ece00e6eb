import type { SqlClient } from '../../database/sql/sql-client.js';
import type { Owner } from '../../owners/owner.js';
import type { ImportFilter } from '../source/plugin-types.js';

/** A noted message, and what is here of it: null where it is gone. */
export interface RecordedMessage {
  rowId: number;
  sessionId: string;
  sequence: number;
  messageId: number;
  importedAt: number;
  role: string | null;
  timestamp: number | null;
  /** Undefined where it is sent apart for its size. */
  content: string | null;
}

const ownersPerQuery = 500;
const messagesPerQuery = 250;
const inlineLimitBytes = 8192;

/** What was imported, beside what has become of it. */
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

  /** Some owners with notes after this one, in order. */
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

  /** Some noted messages after this row, in the order of rows. */
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

  /** Chats that have come from rows of this table and are not here any more. */
  goneSessions({ activityId, userId }: Owner, table: string): Promise<{ rowId: number; sessionId: string }[]> {
    return this.sql.query(
      `SELECT i.row_id AS rowId, i.session_id AS sessionId FROM writeassistdev_chat_imports i
       LEFT JOIN writeassistdev_chat_sessions s ON s.writeassistdevid = i.writeassistdevid AND s.userid = i.userid
         AND s.session_id = i.session_id
       WHERE i.writeassistdevid = ? AND i.userid = ? AND i.source = ? AND i.source_table = ? AND s.id IS NULL
       ORDER BY i.row_id`,
      [activityId, userId, this.source, table],
    );
  }

  /** The content of one that is too large for the list. */
  async content({ activityId, userId }: Owner, { messageId }: RecordedMessage): Promise<string> {
    const row = await this.sql.queryOne<{ content: string }>(
      `SELECT content FROM writeassistdev_chat
       WHERE id = ? AND writeassistdevid = ? AND userid = ?`,
      [messageId, activityId, userId],
    );
    return row?.content ?? '';
  }
}
