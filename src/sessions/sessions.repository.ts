import { Injectable } from '@nestjs/common';
import type { ListAnchor } from '../common/pagination.js';
import { SqlClient, forceIndex } from '../database/sql/sql-client.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import { ownerCondition, ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';
import { ChatSession } from './chat-session.entity.js';
import type { LockedSession, Session, SessionPosition } from './session.js';

type SessionRow = Omit<Session, 'isActive'> & { isActive: number };

const select = (hint = '') => `
  SELECT s.id AS rowId, s.session_id AS id, s.title, COALESCE(o.active_session_id = s.session_id, 0) AS isActive,
    s.message_count AS messageCount, s.last_sequence AS lastSequence, s.last_activity_at AS lastActivityAt,
    s.created_at AS createdAt, s.modified_at AS modifiedAt
  FROM writeassistdev_chat_owners o
  JOIN writeassistdev_chat_sessions s ${hint} ON s.writeassistdevid = o.writeassistdevid AND s.userid = o.userid`;
const selectOne = `${select()} WHERE o.writeassistdevid = ? AND o.userid = ?`;
// MariaDB reads a list in the order of its index only when the condition names the columns of the sessions' table.
const selectList = (index: string) => `${select(forceIndex(index))} WHERE s.writeassistdevid = ? AND s.userid = ?`;
const byActivity = selectList('ix_chat_sessions_recent');
const newestActivityFirst = 'ORDER BY s.last_activity_at DESC, s.id DESC LIMIT ?';
const byCreation = selectList('ix_chat_sessions_created');
const newestCreatedFirst = 'ORDER BY s.created_at DESC, s.id DESC LIMIT ?';

/**
 * Hand-written, since `isActive` needs the owner's row and a list its forced index; the plans are tested. With positions
 * in this form both engines read the index from the position on, which they do not for a row constructor.
 */
export const sessionQueries = {
  one: `${selectOne} AND s.session_id = ?`,
  active: `${selectOne} AND s.session_id = o.active_session_id`,
  firstPage: `${byActivity} ${newestActivityFirst}`,
  nextPage: `${byActivity} AND s.last_activity_at <= ? AND (s.last_activity_at <> ? OR s.id < ?) ${newestActivityFirst}`,
  newest: `${byCreation} ${newestCreatedFirst}`,
  before: `${byCreation} AND s.created_at <= ? AND (s.created_at <> ? OR s.id < ?) ${newestCreatedFirst}`,
  after: `${byCreation} AND s.created_at >= ? AND (s.created_at <> ? OR s.id > ?) ORDER BY s.created_at, s.id LIMIT ?`,
};

/** Rows of sessions. Every method is limited to the owner, or to a row that `lock` has found for the owner. */
@Injectable()
export class SessionsRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly transactions: TransactionRunner,
  ) {}

  async findOne(owner: Owner, sessionId: string): Promise<Session | undefined> {
    const row = await this.sql.queryOne<SessionRow>(sessionQueries.one, [...ownerParameters(owner), sessionId]);
    return row && toSession(row);
  }

  async findActive(owner: Owner): Promise<Session | undefined> {
    const row = await this.sql.queryOne<SessionRow>(sessionQueries.active, ownerParameters(owner));
    return row && toSession(row);
  }

  /** At most `limit` sessions by descending last activity, starting after `after`. */
  findPage(owner: Owner, limit: number, after: SessionPosition | undefined): Promise<Session[]> {
    const position = after ? [after.lastActivityAt, after.lastActivityAt, after.rowId] : [];
    return this.query(sessionQueries[after ? 'nextPage' : 'firstPage'], owner, position, limit);
  }

  /** At most `limit` sessions: the newest ones, newest first, or those on one side of the anchor, nearest first. */
  findPageByCreation(owner: Owner, limit: number, anchor?: ListAnchor & { createdAt: number }): Promise<Session[]> {
    const position = anchor ? [anchor.createdAt, anchor.createdAt, anchor.rowId] : [];
    return this.query(sessionQueries[anchor?.direction ?? 'newest'], owner, position, limit);
  }

  /** @returns the session's time of creation in UTC milliseconds */
  async findCreatedAt(owner: Owner, rowId: number): Promise<number | undefined> {
    const row = await this.transactions.read(ChatSession, (sessions) =>
      sessions.findOne({ select: { id: true, createdAt: true }, where: { ...owner, id: rowId } }),
    );
    return row?.createdAt;
  }

  /** Locks the session's row until the transaction ends. */
  lock(owner: Owner, sessionId: string): Promise<LockedSession | undefined> {
    // FOR UPDATE on MySQL only: TypeORM's pessimistic lock throws on SQLite. All columns of the unique key are given:
    // MariaDB then plans a constant row, which it cannot miss while another transaction updates it.
    return this.sql.selectForUpdate(
      'id AS rowId, last_activity_at AS lastActivityAt, message_count AS messageCount, content_bytes AS contentBytes',
      'writeassistdev_chat_sessions',
      `${ownerCondition} AND session_id = ?`,
      [...ownerParameters(owner), sessionId],
    );
  }

  /** @param at time of creation, UTC milliseconds */
  async insert(owner: Owner, sessionId: string, title: string, at: number): Promise<void> {
    await this.transactions.repository(ChatSession).insert({
      ...owner,
      sessionId,
      title,
      lastActivityAt: at,
      createdAt: at,
      modifiedAt: at,
    });
  }

  async rename({ rowId }: LockedSession, title: string, at: number): Promise<void> {
    await this.transactions.repository(ChatSession).update({ id: rowId }, { title, modifiedAt: at });
  }

  /** Deletes the session; the foreign key deletes its messages. */
  async delete({ rowId }: LockedSession): Promise<void> {
    await this.transactions.repository(ChatSession).delete({ id: rowId });
  }

  /**
   * Increments the message count and the sequence, adds the bytes of the content, and locks the row.
   * @returns the new sequence; undefined when the session does not exist or its last activity is later than `at`
   */
  allocateSequence(owner: Owner, sessionId: string, bytes: number, at: number): Promise<number | undefined> {
    // One statement that updates and returns the number: LAST_INSERT_ID on MySQL, RETURNING on SQLite.
    return this.sql.increment(
      'last_sequence',
      {
        ...messageCounters,
        key: 'unique_session',
        where: `${ownerCondition} AND session_id = ? AND last_activity_at <= ?`,
      },
      [bytes, at, at, ...ownerParameters(owner), sessionId, at],
    );
  }

  /** The same for a session whose row is locked; sets its last activity to `at`. */
  async allocateSequenceLocked({ rowId }: LockedSession, bytes: number, at: number): Promise<number> {
    const sequence = await this.sql.increment(
      'last_sequence',
      { ...messageCounters, key: 'PRIMARY', where: 'id = ?' },
      [bytes, at, at, rowId],
    );
    if (sequence === undefined) throw new Error('a locked session does not exist');
    return sequence;
  }

  /** Sets the counts of messages and bytes to 0; the sequence continues. */
  async resetCounts({ rowId }: LockedSession, at: number): Promise<void> {
    const counts = { messageCount: 0, contentBytes: 0 };
    await this.transactions.repository(ChatSession).update({ id: rowId }, { ...counts, modifiedAt: at });
  }

  /** Adds to the bytes of the contents of its messages. */
  async addContentBytes({ rowId }: LockedSession, bytes: number): Promise<void> {
    const update = { table: 'writeassistdev_chat_sessions', key: 'PRIMARY', set: 'content_bytes = content_bytes + ?' };
    await this.sql.updateOne({ ...update, where: 'id = ?' }, [bytes, rowId]);
  }

  private async query(statement: string, owner: Owner, position: number[], limit: number): Promise<Session[]> {
    // MySQL 8 refuses a number bound to LIMIT in the binary protocol, and accepts a string.
    const rows = await this.sql.query<SessionRow>(statement, [...ownerParameters(owner), ...position, String(limit)]);
    return rows.map(toSession);
  }
}

/**
 * A program from before `content_bytes` clears a session without setting it to 0. It stands before `message_count`: MySQL
 * assigns from left to right.
 */
const messageCounters = {
  table: 'writeassistdev_chat_sessions',
  set: `content_bytes = CASE WHEN message_count = 0 THEN 0 ELSE content_bytes END + ?, message_count = message_count + 1,
    last_activity_at = ?, modified_at = ?`,
};

/** Without a spread, which takes longer than the rest (docs/adr/0036-cpu-of-a-request.md). */
function toSession(row: SessionRow): Session {
  const { rowId, id, title, messageCount, lastSequence, lastActivityAt, createdAt, modifiedAt } = row;
  const isActive = row.isActive === 1;
  return { rowId, id, title, isActive, messageCount, lastSequence, lastActivityAt, createdAt, modifiedAt };
}
