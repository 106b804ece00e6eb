import type { Sql } from '../database/sql.js';
import type { Owner } from '../owners/owner.js';
import type { Filter } from './moodle.js';

/** A noted message, and what is here of it: null where it is gone. */
export interface NotedMessage {
  rowId: number;
  sessionId: string;
  sequence: number;
  importedAt: number;
  role: string | null;
  timestamp: number | null;
  /** Undefined where it is sent apart for its size. */
  content: string | null;
}

const ownersAtOnce = 500;
const notesAtOnce = 250;
const sentAlong = 8192;

/** What was imported, beside what has become of it. */
export class VerificationRepository {
  constructor(
    private readonly sql: Sql,
    private readonly source: string,
  ) {}

  async count(): Promise<number> {
    const row = await this.sql.row<{ count: number }>(
      'SELECT COUNT(*) AS count FROM writeassistdev_chat_imports WHERE source = ? AND sequence IS NOT NULL',
      [this.source],
    );
    return row?.count ?? 0;
  }

  /** Some owners with notes after this one, in order. */
  owners(after: Owner | undefined, { activityId, userId }: Filter): Promise<Owner[]> {
    const last = after ?? { activityId: 0, userId: 0 };
    return this.sql.rows<Owner>(
      `SELECT DISTINCT writeassistdevid AS activityId, userid AS userId FROM writeassistdev_chat_imports
       WHERE (writeassistdevid > ? OR (writeassistdevid = ? AND userid > ?))
         AND writeassistdevid = COALESCE(?, writeassistdevid) AND userid = COALESCE(?, userid)
       ORDER BY writeassistdevid, userid LIMIT ${ownersAtOnce}`,
      [last.activityId, last.activityId, last.userId, activityId ?? null, userId ?? null],
    );
  }

  /** Some noted messages after this row, in the order of rows. */
  async messages(owner: Owner, table: string, after: number): Promise<NotedMessage[]> {
    const rows = await this.sql.rows<NotedMessage & { bytes: number | null }>(
      `SELECT i.row_id AS rowId, i.session_id AS sessionId, i.sequence, i.imported_at AS importedAt,
         c.role, c.timestamp, OCTET_LENGTH(c.content) AS bytes,
         CASE WHEN OCTET_LENGTH(c.content) <= ${sentAlong} THEN c.content END AS content
       FROM writeassistdev_chat_imports i
       LEFT JOIN writeassistdev_chat c ON c.writeassistdevid = i.writeassistdevid AND c.userid = i.userid
         AND c.chat_session_id = i.session_id AND c.sequence = i.sequence
       WHERE i.writeassistdevid = ? AND i.userid = ? AND i.source = ? AND i.source_table = ? AND i.row_id > ?
       ORDER BY i.row_id LIMIT ${notesAtOnce}`,
      [owner.activityId, owner.userId, this.source, table, after],
    );
    return rows;
  }

  /** The content of one that is too large for the list. */
  async content({ activityId, userId }: Owner, { sessionId, sequence }: NotedMessage): Promise<string> {
    const row = await this.sql.row<{ content: string }>(
      `SELECT content FROM writeassistdev_chat
       WHERE writeassistdevid = ? AND userid = ? AND chat_session_id = ? AND sequence = ?`,
      [activityId, userId, sessionId, sequence],
    );
    return row?.content ?? '';
  }
}
