import type { Owner } from '../../owners/owner.js';
import { isLive } from '../../sessions/live-message-rules.js';
import type { SqlReader } from '../connection-retry.js';
import { ownersPerQuery } from '../source/pages.js';
import type { ImportFilter } from '../source/plugin-types.js';

/** A ledger entry and the values of its message in this store, which are null when it was deleted, also into the trash. */
export interface RecordedRow {
  rowId: number;
  /** Null for a row that was skipped as a duplicate: no message was imported. */
  sessionId: string | null;
  /** Null for a session. */
  sequence: number | null;
  importedAt: number;
  role: string | null;
  timestamp: number | null;
  /** SHA-256 of the stored content, hexadecimal. */
  contentDigest: string | null;
}

/** A message that this store has and no ledger entry. */
export interface UnrecordedMessage {
  messageId: number;
  sessionId: string;
  sequence: number;
  role: string;
  timestamp: number;
  contentDigest: string;
}

/** A shorter page of recorded rows or messages is the last one. */
export const rowsPerQuery = 1000;
const dayMs = 24 * 60 * 60_000;

/** Reads ledger entries together with the messages and sessions that they refer to. */
export class VerificationRepository {
  constructor(
    private readonly sql: SqlReader,
    private readonly source: string,
  ) {}

  /** The tables that have ledger entries, with the number of their messages. */
  async tables({ activityId, userId }: ImportFilter): Promise<Map<string, number>> {
    const rows = await this.sql.query<{ name: string; messages: number }>(
      `SELECT source_table AS name, COUNT(sequence) AS messages FROM writeassistdev_chat_imports WHERE source = ?
         AND writeassistdevid = COALESCE(?, writeassistdevid) AND userid = COALESCE(?, userid)
       GROUP BY source_table`,
      [this.source, activityId ?? null, userId ?? null],
    );
    return new Map(rows.map(({ name, messages }) => [name, messages]));
  }

  /** When the last import that brought something began, UTC milliseconds. */
  async lastImportedAt(): Promise<number> {
    const row = await this.sql.queryOne<{ last: number | null }>(
      'SELECT MAX(imported_at) AS last FROM writeassistdev_chat_imports WHERE source = ?',
      [this.source],
    );
    return row?.last ?? 0;
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

  /** The next recorded rows of a table after this one, in the order of row ids. */
  rows(owner: Owner, table: string, after: number): Promise<RecordedRow[]> {
    return this.sql.query<RecordedRow>(
      `SELECT i.row_id AS rowId, COALESCE(c.chat_session_id, i.session_id) AS sessionId, i.sequence,
         i.imported_at AS importedAt, c.role, c.timestamp, ${this.sql.sha256('c.content')} AS contentDigest
       FROM writeassistdev_chat_imports i
       LEFT JOIN writeassistdev_chat c ON c.id = i.message_id AND c.writeassistdevid = i.writeassistdevid
         AND c.userid = i.userid AND ${isLive('c')}
       WHERE i.writeassistdevid = ? AND i.userid = ? AND i.source = ? AND i.source_table = ? AND i.row_id > ?
       ORDER BY i.row_id LIMIT ${rowsPerQuery}`,
      [owner.activityId, owner.userId, this.source, table, after],
    );
  }

  /**
   * The next messages of an owner, by id, that look imported and have no ledger entry: they were inserted after imported
   * ones, and are more than a day older than the import. A message that a client saved has the time of its insertion.
   */
  unrecordedMessages({ activityId, userId }: Owner, after: number): Promise<UnrecordedMessage[]> {
    const owned = 'writeassistdevid = ? AND userid = ?';
    const recorded = `FROM writeassistdev_chat_imports WHERE ${owned} AND source = ? AND message_id IS NOT NULL`;
    const key = [activityId, userId, this.source];
    return this.sql.query<UnrecordedMessage>(
      `SELECT id AS messageId, chat_session_id AS sessionId, sequence, role, timestamp,
         ${this.sql.sha256('content')} AS contentDigest
       FROM writeassistdev_chat WHERE ${owned} AND id > ? AND ${isLive()}
         AND id > (SELECT MIN(message_id) ${recorded})
         AND created_at < (SELECT MIN(imported_at) - ${dayMs} ${recorded})
         AND id NOT IN (SELECT message_id ${recorded})
       ORDER BY id LIMIT ${rowsPerQuery}`,
      [activityId, userId, after, ...key, ...key, ...key],
    );
  }

  /** Sessions that were imported from rows of this table and were deleted since. */
  deletedSessions({ activityId, userId }: Owner, table: string): Promise<{ rowId: number; sessionId: string }[]> {
    return this.sql.query(
      `SELECT i.row_id AS rowId, i.session_id AS sessionId FROM writeassistdev_chat_imports i
       LEFT JOIN writeassistdev_chat_sessions s ON s.writeassistdevid = i.writeassistdevid AND s.userid = i.userid
         AND s.session_id = i.session_id AND s.deleted_at IS NULL
       WHERE i.writeassistdevid = ? AND i.userid = ? AND i.source = ? AND i.source_table = ? AND s.id IS NULL
       ORDER BY i.row_id`,
      [activityId, userId, this.source, table],
    );
  }
}
