import { bulkInsert } from '../../database/sql/bulk-insert.js';
import { forceIndex, type Parameter, type SqlClient } from '../../database/sql/sql-client.js';
import type { TransactionRunner } from '../../database/transactions/transaction-runner.js';
import { Activity } from '../../owners/activity.entity.js';
import type { Owner } from '../../owners/owner.js';
import { User } from '../../owners/user.entity.js';
import type { Role } from '../../messages/message-rules.js';
import type { LedgerEntry } from '../batch.js';
import type { MoodleActivity } from '../source/plugin-types.js';

const owned = 'writeassistdevid = ? AND userid = ?';

/** What an import must know of a session, and changes in it. Times are UTC milliseconds. */
export interface StoredSession {
  rowId: number;
  lastSequence: number;
  messageCount: number;
  lastActivityAt: number;
  modifiedAt: number;
}

export interface OwnerRow {
  owner: Owner;
  activeSessionId: string | null;
}

export interface SessionRow extends Omit<StoredSession, 'rowId'> {
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

/** Where imported chats go: many rows at once, for the inside of a unit of work. */
export class TargetRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly transactions: TransactionRunner,
  ) {}

  /** Locks the owner's row; undefined when there is none. */
  lockOwner({ activityId, userId }: Owner): Promise<{ activeSessionId: string | null } | undefined> {
    return this.sql.selectForUpdate('active_session_id AS activeSessionId', 'writeassistdev_chat_owners', owned, [
      activityId,
      userId,
    ]);
  }

  /**
   * Makes the owners' rows, and those that they stand on where they are not there. Whoever makes one at the same time
   * has the unit refused as a duplicate: what is made here is locked by it.
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

  /** What Moodle does not tell stays as it is. */
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

  /** Found by all columns of its unique key, so never missed. */
  lockSession({ activityId, userId }: Owner, sessionId: string): Promise<StoredSession | undefined> {
    return this.sql.selectForUpdate(
      `id AS rowId, last_sequence AS lastSequence, message_count AS messageCount, last_activity_at AS lastActivityAt,
       modified_at AS modifiedAt`,
      'writeassistdev_chat_sessions',
      `${owned} AND session_id = ?`,
      [activityId, userId, sessionId],
    );
  }

  /** Locks all sessions of an owner, so that nothing is saved in any of them. */
  async lockSessions({ activityId, userId }: Owner): Promise<void> {
    await this.sql.selectForUpdate('MAX(last_sequence) AS last', 'writeassistdev_chat_sessions', owned, [
      activityId,
      userId,
    ]);
  }

  /** For a session whose row is locked. */
  updateSession({ rowId, lastSequence, messageCount, lastActivityAt, modifiedAt }: StoredSession): Promise<boolean> {
    return this.sql.updateOne(
      {
        table: 'writeassistdev_chat_sessions',
        key: 'PRIMARY',
        set: 'last_sequence = ?, message_count = ?, last_activity_at = ?, modified_at = ?',
        where: 'id = ?',
      },
      [lastSequence, messageCount, lastActivityAt, modifiedAt, rowId],
    );
  }

  /** The places in the owner's history that are taken, from `from` up to and without `to`. */
  async findTakenPositions({ activityId, userId }: Owner, from: number, to: number): Promise<number[]> {
    const rows = await this.sql.query<{ place: number }>(
      `SELECT history_time AS place FROM writeassistdev_chat ${forceIndex('unique_chat_history')}
       WHERE ${owned} AND history_time >= ? AND history_time < ?`,
      [activityId, userId, from, to],
    );
    return rows.map(({ place }) => place);
  }

  insertSessions(sessions: SessionRow[]): Promise<void> {
    const columns = [
      'session_id',
      'title',
      'last_sequence',
      'message_count',
      'last_activity_at',
      'created_at',
      'modified_at',
    ];
    return this.insert('writeassistdev_chat_sessions', columns, sessions, (session) => [
      ...[session.id, session.title, session.lastSequence, session.messageCount],
      ...[session.lastActivityAt, session.createdAt, session.modifiedAt],
    ]);
  }

  insertMessages(messages: MessageRow[]): Promise<void> {
    const columns = ['chat_session_id', 'sequence', 'role', 'content', 'timestamp', 'created_at', 'history_time'];
    return this.insert('writeassistdev_chat', columns, messages, (message) => [
      ...[message.sessionId, message.sequence, message.role, message.content],
      ...[message.timestamp, message.createdAt, message.historyPosition],
    ]);
  }

  /** The ids of a session's messages, by their sequences from `from` to `to`. */
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

  insertLedgerEntries(source: string, notes: LedgerRow[], at: number): Promise<void> {
    const columns = ['source', 'source_table', 'row_id', 'session_id', 'sequence', 'message_id', 'imported_at'];
    return this.insert('writeassistdev_chat_imports', columns, notes, (note) => {
      return [source, note.table, note.rowId, note.sessionId, note.sequence, note.messageId, at];
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
