import { Injectable } from '@nestjs/common';
import type { ListAnchor } from '../common/pagination.js';
import { SqlClient, forceIndex, type Parameter } from '../database/sql/sql-client.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import { ChatSession } from './chat-session.entity.js';
import type { Session, SessionPosition } from './session.js';

type SessionRow = Omit<Session, 'isActive'> & { isActive: number };

export interface LockedSession {
  rowId: number;
  lastActivityAt: number;
}

const owned = 'writeassistdevid = ? AND userid = ?';
const select = (hint = '') => `
  SELECT s.id AS rowId, s.session_id AS id, s.title, COALESCE(o.active_session_id = s.session_id, 0) AS isActive,
    s.message_count AS messageCount, s.last_activity_at AS lastActivityAt, s.created_at AS createdAt,
    s.modified_at AS modifiedAt
  FROM writeassistdev_chat_owners o
  JOIN writeassistdev_chat_sessions s ${hint} ON s.writeassistdevid = o.writeassistdevid AND s.userid = o.userid`;
const one = `${select()} WHERE o.writeassistdevid = ? AND o.userid = ?`;
// Only with the sessions' own columns does MariaDB read a list in the order of its index.
const list = (index: string) => `${select(forceIndex(index))} WHERE s.writeassistdevid = ? AND s.userid = ?`;
const recent = list('ix_chat_sessions_recent');
const lastUsedFirst = 'ORDER BY s.last_activity_at DESC, s.id DESC LIMIT ?';
const created = list('ix_chat_sessions_created');
const lastMadeFirst = 'ORDER BY s.created_at DESC, s.id DESC LIMIT ?';

/** The statements, for the test that reads their plans. In this form both engines read a range of the index, from the position on. */
export const sessionQueries = {
  one: `${one} AND s.session_id = ?`,
  active: `${one} AND s.session_id = o.active_session_id`,
  firstPage: `${recent} ${lastUsedFirst}`,
  nextPage: `${recent} AND s.last_activity_at <= ? AND (s.last_activity_at <> ? OR s.id < ?) ${lastUsedFirst}`,
  newest: `${created} ${lastMadeFirst}`,
  before: `${created} AND s.created_at <= ? AND (s.created_at <> ? OR s.id < ?) ${lastMadeFirst}`,
  after: `${created} AND s.created_at >= ? AND (s.created_at <> ? OR s.id > ?) ORDER BY s.created_at, s.id LIMIT ?`,
};

@Injectable()
export class SessionsRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly transactions: TransactionRunner,
  ) {}

  async findOne(owner: Owner, sessionId: string): Promise<Session | undefined> {
    const row = await this.sql.queryOne<SessionRow>(sessionQueries.one, [...key(owner), sessionId]);
    return row && toSession(row);
  }

  async findActive(owner: Owner): Promise<Session | undefined> {
    const row = await this.sql.queryOne<SessionRow>(sessionQueries.active, key(owner));
    return row && toSession(row);
  }

  /** At most `limit` sessions, newest activity first, after `after`. */
  findPage(owner: Owner, limit: number, after: SessionPosition | undefined): Promise<Session[]> {
    const position = after ? [after.lastActivityAt, after.lastActivityAt, after.rowId] : [];
    return this.query(sessionQueries[after ? 'nextPage' : 'firstPage'], owner, position, limit);
  }

  /** At most `limit` sessions, later made first; with an edge those next to it, the nearest first. */
  findPageByCreation(owner: Owner, limit: number, edge?: ListAnchor & { createdAt: number }): Promise<Session[]> {
    const position = edge ? [edge.createdAt, edge.createdAt, edge.rowId] : [];
    return this.query(sessionQueries[edge?.direction ?? 'newest'], owner, position, limit);
  }

  async findCreatedAt(owner: Owner, rowId: number): Promise<number | undefined> {
    const row = await this.sql.queryOne<{ createdAt: number }>(
      `SELECT created_at AS createdAt FROM writeassistdev_chat_sessions WHERE ${owned} AND id = ?`,
      [...key(owner), rowId],
    );
    return row?.createdAt;
  }

  /** Locks the session's row until the unit of work ends. Found by all columns of its unique key, so never missed. */
  lock(owner: Owner, sessionId: string): Promise<LockedSession | undefined> {
    return this.sql.selectForUpdate(
      'id AS rowId, last_activity_at AS lastActivityAt',
      'writeassistdev_chat_sessions',
      `${owned} AND session_id = ?`,
      [...key(owner), sessionId],
    );
  }

  async insert(owner: Owner, sessionId: string, title: string, at: number): Promise<void> {
    await this.transactions.manager.insert(ChatSession, {
      ...owner,
      sessionId,
      title,
      lastActivityAt: at,
      createdAt: at,
      modifiedAt: at,
    });
  }

  async rename({ rowId }: LockedSession, title: string, at: number): Promise<void> {
    await this.transactions.manager.update(ChatSession, { id: rowId }, { title, modifiedAt: at });
  }

  /** The messages go with it, by the foreign key. */
  async delete({ rowId }: LockedSession): Promise<void> {
    await this.transactions.manager.delete(ChatSession, { id: rowId });
  }

  /** Counts one message more and gives its sequence; undefined when the session is not there or has been used later than `at`. */
  allocateSequence(owner: Owner, sessionId: string, at: number): Promise<number | undefined> {
    return this.sql.increment(
      'last_sequence',
      { ...counting, key: 'unique_session', where: `${owned} AND session_id = ? AND last_activity_at <= ?` },
      [at, at, ...key(owner), sessionId, at],
    );
  }

  /** The same for a session whose row is locked. */
  async allocateSequenceLocked({ rowId }: LockedSession, at: number): Promise<number> {
    const sequence = await this.sql.increment('last_sequence', { ...counting, key: 'PRIMARY', where: 'id = ?' }, [
      at,
      at,
      rowId,
    ]);
    if (sequence === undefined) throw new Error('a locked session is gone');
    return sequence;
  }

  /** Sequences go on where they were. */
  async resetMessageCount({ rowId }: LockedSession, at: number): Promise<void> {
    await this.transactions.manager.update(ChatSession, { id: rowId }, { messageCount: 0, modifiedAt: at });
  }

  private async query(statement: string, owner: Owner, position: number[], limit: number): Promise<Session[]> {
    // MySQL 8 refuses a number that is bound to LIMIT by the binary protocol: it takes a string.
    const rows = await this.sql.query<SessionRow>(statement, [...key(owner), ...position, String(limit)]);
    return rows.map(toSession);
  }
}

const counting = {
  table: 'writeassistdev_chat_sessions',
  set: 'message_count = message_count + 1, last_activity_at = ?, modified_at = ?',
};

function key(owner: Owner): Parameter[] {
  return [owner.activityId, owner.userId];
}

function toSession({ isActive, ...session }: SessionRow): Session {
  return { ...session, isActive: isActive === 1 };
}
