import { bulkInsert } from '../../database/sql/bulk-insert.js';
import { forceIndex, type Parameter, type SqlClient } from '../../database/sql/sql-client.js';
import type { TransactionRunner } from '../../database/transactions/transaction-runner.js';
import { Activity } from '../../owners/activity.entity.js';
import type { Owner } from '../../owners/owner.js';
import { User } from '../../owners/user.entity.js';
import type { Role } from '../../messages/message-rules.js';
import type { Preview } from '../../common/preview.js';
import type { LedgerEntry } from '../batch.js';
import type { MoodleActivity } from '../source/plugin-types.js';

const owned = 'writeassistdevid = ? AND userid = ?';

/** The columns of a session that an import reads and updates. Times are UTC milliseconds. */
export interface StoredSession {
  rowId: number;
  lastSequence: number;
  messageCount: number;
  /** Of its messages, in bytes of UTF-8. */
  contentBytes: number;
  lastActivityAt: number;
  modifiedAt: number;
}

/** A session after its last messages were written. */
export interface UpdatedSession extends StoredSession {
  /** Of the last message; undefined without one. */
  preview: Preview | undefined;
  /** With 0 the user has read all messages, also the new ones. Null when the next reader is to count. */
  unreadCount: number | null;
}

/** A session whose row the transaction has locked. */
export interface LockedSession extends StoredSession {
  /** When it was put into the trash, UTC milliseconds; null when it is not there. */
  deletedAt: number | null;
  /** Messages with this sequence or a lower one were cleared. */
  clearedSequence: number;
  lastReadSequence: number;
  /** Null when it is to be counted anew. */
  unreadCount: number | null;
}

export interface OwnerRow {
  owner: Owner;
  activeSessionId: string | null;
}

export interface SessionRow extends Omit<UpdatedSession, 'rowId'> {
  owner: Owner;
  id: string;
  title: string;
  createdAt: number;
}

export interface MessageRow {
  owner: Owner;
  sessionId: string;
  sequence: number;
  role: Role;
  content: string;
  timestamp: number;
  createdAt: number;
  historyPosition: number;
}

export interface LedgerRow extends LedgerEntry {
  owner: Owner;
  sessionId: string | null;
  sequence: number | null;
  messageId: number | null;
}

/** Writes imported chats with multi-row statements. To be called inside a transaction. */
export class TargetRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly transactions: TransactionRunner,
  ) {}

  /** Locks the owner's row; undefined when it does not exist. */
  lockOwner({ activityId, userId }: Owner): Promise<{ activeSessionId: string | null } | undefined> {
    return this.sql.selectForUpdate('active_session_id AS activeSessionId', 'writeassistdev_chat_owners', owned, [
      activityId,
      userId,
    ]);
  }

  /**
   * Inserts the owners, and their users and activities if these do not exist. The new rows are locked by the transaction.
   * @throws a duplicate-key error when another transaction inserts one of the owners at the same time
   */
  async createOwners(owners: OwnerRow[]): Promise<void> {
    const insert = () => this.transactions.manager.createQueryBuilder().insert().updateEntity(false).orIgnore();
    const ids = (all: number[]) => [...new Set(all)].sort((a, b) => a - b).map((id) => ({ id }));
    await insert()
      .into(User)
      .values(ids(owners.map(({ owner }) => owner.userId)))
      .execute();
    await insert()
      .into(Activity)
      .values(ids(owners.map(({ owner }) => owner.activityId)))
      .execute();
    const values = ({ activeSessionId }: OwnerRow) => [activeSessionId];
    await this.insert('writeassistdev_chat_owners', ['active_session_id'], owners, values);
  }

  /** Updates the course module id and the name; null keeps the stored value. */
  async describeActivity(id: number, { cmid, name }: MoodleActivity): Promise<void> {
    await this.sql.updateOne(
      {
        table: 'writeassistdev',
        key: 'PRIMARY',
        set: 'cmid = COALESCE(?, cmid), name = COALESCE(?, name)',
        where: 'id = ?',
      },
      [cmid, name, id],
    );
  }

  setActive({ activityId, userId }: Owner, sessionId: string): Promise<boolean> {
    return this.sql.updateOne(
      { table: 'writeassistdev_chat_owners', key: 'PRIMARY', set: 'active_session_id = ?', where: owned },
      [sessionId, activityId, userId],
    );
  }

  /** Locks the session's row; undefined when it does not exist. Uses all columns of the unique key. */
  lockSession({ activityId, userId }: Owner, sessionId: string): Promise<LockedSession | undefined> {
    return this.sql.selectForUpdate(
      `id AS rowId, last_sequence AS lastSequence, message_count AS messageCount, content_bytes AS contentBytes,
       last_activity_at AS lastActivityAt, modified_at AS modifiedAt, deleted_at AS deletedAt,
       cleared_sequence AS clearedSequence, last_read_sequence AS lastReadSequence,
       CASE WHEN summary_sequence = last_sequence THEN unread_count END AS unreadCount`,
      'writeassistdev_chat_sessions',
      `${owned} AND session_id = ?`,
      [activityId, userId, sessionId],
    );
  }

  /** Locks all sessions of an owner, which blocks saves to any of them. */
  async lockSessions({ activityId, userId }: Owner): Promise<void> {
    await this.sql.selectForUpdate('MAX(last_sequence) AS last', 'writeassistdev_chat_sessions', owned, [
      activityId,
      userId,
    ]);
  }

  /** Updates a session whose row is locked. */
  updateSession(session: UpdatedSession & Pick<LockedSession, 'lastReadSequence'>): Promise<boolean> {
    const { rowId, messageCount, contentBytes, lastActivityAt, modifiedAt, unreadCount } = session;
    return this.sql.updateOne(
      {
        table: 'writeassistdev_chat_sessions',
        key: 'PRIMARY',
        set: `message_count = ?, content_bytes = ?, last_activity_at = ?, modified_at = ?, unread_count = ?,
          ${summaryColumns.map((column) => `${column} = ?`).join(', ')}`,
        where: 'id = ?',
      },
      [messageCount, contentBytes, lastActivityAt, modifiedAt, unreadCount ?? 0, ...summaryOf(session), rowId],
    );
  }

  /**
   * Makes a new session of the row of one in the trash, in which its messages stay, as messages that were cleared. Its
   * sequence continues.
   */
  async renewSession(trashed: LockedSession, session: SessionRow): Promise<void> {
    const { rowId, lastSequence, clearedSequence, messageCount } = trashed;
    const { activityId, userId } = session.owner;
    const key = [activityId, userId, session.id];
    const toSequence = messageCount === 0 ? clearedSequence : lastSequence;
    const deletion = `${owned} AND chat_session_id = ? AND kind = 'session'`;
    // While the session was being purged, some of its messages may have been removed.
    await this.sql.execute(
      `UPDATE writeassistdev_chat_deletions SET kind = 'clear', to_sequence = ?,
         from_sequence = CASE WHEN from_sequence > ? THEN from_sequence ELSE ? END
       WHERE ${deletion} AND from_sequence < ? AND ? > 0`,
      [toSequence, clearedSequence, clearedSequence, ...key, toSequence, messageCount],
    );
    await this.sql.execute(`DELETE FROM writeassistdev_chat_deletions WHERE ${deletion}`, key);
    await this.sql.updateOne(
      {
        table: 'writeassistdev_chat_sessions',
        key: 'PRIMARY',
        set: `title = ?, title_folded = NULL, title_source = NULL, pinned = 0, archived = 0, metadata = NULL,
          last_sequence = last_sequence + ?, message_count = ?, content_bytes = ?, last_activity_at = ?, created_at = ?,
          modified_at = ?, deleted_at = NULL, cleared_sequence = ?, version = version + 1, last_read_sequence = ?`,
        where: 'id = ?',
      },
      [
        ...[session.title, session.messageCount, session.messageCount, session.contentBytes],
        ...[session.lastActivityAt, session.createdAt, session.modifiedAt, toSequence],
        ...[lastSequence + session.messageCount, rowId],
      ],
    );
  }

  /** The taken positions of the owner's history from `from` (inclusive) to `to` (exclusive), in UTC milliseconds. */
  async findTakenPositions({ activityId, userId }: Owner, from: number, to: number): Promise<number[]> {
    const rows = await this.sql.query<{ position: number }>(
      `SELECT history_time AS position FROM writeassistdev_chat ${forceIndex('unique_chat_history')}
       WHERE ${owned} AND history_time >= ? AND history_time < ?`,
      [activityId, userId, from, to],
    );
    return rows.map(({ position }) => position);
  }

  insertSessions(sessions: SessionRow[]): Promise<void> {
    const columns = [
      'session_id',
      'title',
      'message_count',
      'content_bytes',
      'last_activity_at',
      'created_at',
      'modified_at',
      ...summaryColumns,
    ];
    return this.insert('writeassistdev_chat_sessions', columns, sessions, (session) => [
      ...[session.id, session.title, session.messageCount, session.contentBytes],
      ...[session.lastActivityAt, session.createdAt, session.modifiedAt, ...summaryOf(session)],
    ]);
  }

  insertMessages(messages: MessageRow[]): Promise<void> {
    const columns = ['chat_session_id', 'sequence', 'role', 'content', 'timestamp', 'created_at', 'history_time'];
    return this.insert('writeassistdev_chat', columns, messages, (message) => [
      ...[message.sessionId, message.sequence, message.role, message.content],
      ...[message.timestamp, message.createdAt, message.historyPosition],
    ]);
  }

  /** The ids of a session's messages with sequences from `from` to `to` (inclusive), by sequence. */
  async messageIds(
    { activityId, userId }: Owner,
    sessionId: string,
    from: number,
    to: number,
  ): Promise<Map<number, number>> {
    const rows = await this.sql.query<{ id: number; sequence: number }>(
      `SELECT id, sequence FROM writeassistdev_chat ${forceIndex('unique_chat_sequence')}
       WHERE ${owned} AND chat_session_id = ? AND sequence BETWEEN ? AND ?`,
      [activityId, userId, sessionId, from, to],
    );
    return new Map(rows.map(({ id, sequence }) => [sequence, id]));
  }

  async isRecorded(source: string, { activityId, userId }: Owner, { table, rowId }: LedgerEntry): Promise<boolean> {
    const row = await this.sql.queryOne(
      `SELECT 1 FROM writeassistdev_chat_imports WHERE ${owned} AND source = ? AND source_table = ? AND row_id = ?`,
      [activityId, userId, source, table, rowId],
    );
    return row !== undefined;
  }

  insertLedgerEntries(source: string, entries: LedgerRow[], importedAt: number): Promise<void> {
    const columns = ['source', 'source_table', 'row_id', 'session_id', 'sequence', 'message_id', 'imported_at'];
    return this.insert('writeassistdev_chat_imports', columns, entries, (entry) => {
      return [source, entry.table, entry.rowId, entry.sessionId, entry.sequence, entry.messageId, importedAt];
    });
  }

  private insert<Row extends { owner: Owner }>(
    table: string,
    columns: string[],
    rows: Row[],
    values: (row: Row) => Parameter[],
  ): Promise<void> {
    return bulkInsert(
      this.sql,
      table,
      ['writeassistdevid', 'userid', ...columns],
      rows.map((row) => [row.owner.activityId, row.owner.userId, ...values(row)]),
    );
  }
}

/** What a list shows of a session's messages, and what that is of. */
const summaryColumns = [
  ...['last_sequence', 'summary_sequence', 'last_read_sequence'],
  ...['preview_sequence', 'preview_text', 'preview_role', 'preview_at'],
];

function summaryOf(session: Omit<UpdatedSession, 'rowId'> & { lastReadSequence?: number }): Parameter[] {
  const { lastSequence, preview, unreadCount, lastReadSequence = 0 } = session;
  const previewed = preview ? [lastSequence, preview.text, preview.role, preview.timestamp] : [null, null, null, null];
  const summarySequence = unreadCount === null ? 0 : lastSequence;
  return [lastSequence, summarySequence, unreadCount === 0 ? lastSequence : lastReadSequence, ...previewed];
}
