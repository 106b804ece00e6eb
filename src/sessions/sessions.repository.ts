import { Injectable } from '@nestjs/common';
import { foldTitle } from '../common/fold.js';
import { SqlClient, type SingleRowUpdate } from '../database/sql/sql-client.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import { ownerCondition, ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';
import { ChatSession } from './chat-session.entity.js';
import {
  counterParameters,
  endOfMessage,
  endParameters,
  messageCounters,
  type CountedMessage,
  type EndedMessage,
  type PreviewedMessage,
} from './message-counters.js';
import { changeableColumns, readChangeable, selectSessions, toColumns, toSession } from './session-row.js';
import type { ChangeableRow, SessionRow } from './session-row.js';
import type { LockedSession, Session, SessionContent } from './session.js';

type LockedRow = Omit<LockedSession, keyof ChangeableRow> & ChangeableRow & { titleFolded: Uint8Array | null };

const lockedColumns = `id AS rowId, session_id AS id, last_sequence AS lastSequence,
  last_read_sequence AS lastReadSequence, last_activity_at AS lastActivityAt, message_count AS messageCount,
  content_bytes AS contentBytes, cleared_sequence AS clearedSequence, deleted_at AS deletedAt,
  title_folded AS titleFolded, ${changeableColumns('')}`;

const selectOne = `${selectSessions()} WHERE o.writeassistdevid = ? AND o.userid = ?`;

/** Hand-written, since `isActive` needs the owner's row; the plans are tested. */
export const sessionQueries = {
  one: `${selectOne} AND s.session_id = ?`,
  active: `${selectOne} AND s.session_id = o.active_session_id AND s.deleted_at IS NULL`,
};

const countMessage: SingleRowUpdate = {
  ...messageCounters,
  key: 'unique_session',
  where: `${ownerCondition} AND session_id = ? AND last_activity_at <= ? AND deleted_at IS NULL`,
};
const countMessageLocked: SingleRowUpdate = { ...messageCounters, key: 'PRIMARY', where: 'id = ?' };

/** Rows of sessions. Every method is limited to the owner, or to a row that `lock` has found for the owner. */
@Injectable()
export class SessionsRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly transactions: TransactionRunner,
  ) {}

  /** The session, also when it is in the trash. */
  async findOne(owner: Owner, sessionId: string): Promise<Session | undefined> {
    const row = await this.sql.queryOne<SessionRow>(sessionQueries.one, [...ownerParameters(owner), sessionId]);
    return row && toSession(row);
  }

  async findActive(owner: Owner): Promise<Session | undefined> {
    const row = await this.sql.queryOne<SessionRow>(sessionQueries.active, ownerParameters(owner));
    return row && toSession(row);
  }

  /** Locks the session's row until the transaction ends, also when it is in the trash. */
  async lock(owner: Owner, sessionId: string): Promise<LockedSession | undefined> {
    // FOR UPDATE on MySQL only: TypeORM's pessimistic lock throws on SQLite. All columns of the unique key are given:
    // MariaDB then plans a constant row, which it cannot miss while another transaction updates it.
    const row = await this.sql.selectForUpdate<LockedRow>(
      lockedColumns,
      'writeassistdev_chat_sessions',
      `${ownerCondition} AND session_id = ?`,
      [...ownerParameters(owner), sessionId],
    );
    if (!row) return undefined;
    const { titleFolded, ...locked } = row;
    // An older program has replaced the title, and left what belongs to the title before.
    const isReplaced = titleFolded !== null && !foldTitle(row.title).equals(titleFolded);
    return { ...locked, ...readChangeable(isReplaced ? { ...row, titleSource: null } : row) };
  }

  /** @param at time of creation, UTC milliseconds */
  async insert(owner: Owner, sessionId: string, content: SessionContent, at: number): Promise<void> {
    await this.transactions.repository(ChatSession).insert({
      ...owner,
      sessionId,
      ...toColumns(content),
      lastActivityAt: at,
      createdAt: at,
      modifiedAt: at,
    });
  }

  /**
   * Changes the session.
   * @param isCounted whether its version counts the change
   * @param modifiedAt UTC milliseconds; undefined to leave it
   */
  async change(
    { rowId, version }: LockedSession,
    content: Partial<SessionContent>,
    isCounted: boolean,
    modifiedAt: number | undefined,
  ): Promise<void> {
    await this.transactions.repository(ChatSession).update(
      { id: rowId },
      {
        ...toColumns(content),
        ...(isCounted && { version: version + 1 }),
        ...(modifiedAt !== undefined && { modifiedAt }),
      },
    );
  }

  /**
   * Increments the message count and the sequence, counts the message, and locks the row.
   * @returns the new sequence; undefined when the session does not exist, is in the trash, or its last activity is later
   *   than `at`
   */
  allocateSequence(owner: Owner, sessionId: string, message: CountedMessage, at: number): Promise<number | undefined> {
    // One statement that updates and returns the number: LAST_INSERT_ID on MySQL, RETURNING on SQLite.
    return this.sql.increment('last_sequence', countMessage, [
      ...counterParameters(message, at),
      ...ownerParameters(owner),
      sessionId,
      at,
    ]);
  }

  /** The same for a session whose row is locked; sets its last activity to `at`. */
  async allocateSequenceLocked({ rowId }: LockedSession, message: CountedMessage, at: number): Promise<number> {
    const sequence = await this.sql.increment('last_sequence', countMessageLocked, [
      ...counterParameters(message, at),
      rowId,
    ]);
    if (sequence === undefined) throw new Error('a locked session does not exist');
    return sequence;
  }

  /** Sets the time of the preview, if it is that of this message. */
  async setPreviewTime(owner: Owner, { sessionId, sequence, timestamp }: PreviewedMessage): Promise<void> {
    const shown = { ...owner, sessionId, previewSequence: sequence };
    await this.transactions.repository(ChatSession).update(shown, { previewAt: timestamp });
  }

  /** Has the summary computed from the messages when it is read next. */
  async invalidateSummary(owner: Owner, sessionId: string): Promise<void> {
    await this.transactions.repository(ChatSession).update({ ...owner, sessionId }, { summarySequence: 0 });
  }

  /** The same, and counts a change: clients that know its version do not know the current branch any more. */
  async noteMoved(owner: Owner, sessionId: string): Promise<void> {
    const update = { table: 'writeassistdev_chat_sessions', key: 'unique_session' };
    await this.sql.updateOne(
      { ...update, set: 'summary_sequence = 0, version = version + 1', where: `${ownerCondition} AND session_id = ?` },
      [...ownerParameters(owner), sessionId],
    );
  }

  /** Counts the text of a message that was written in chunks. */
  async countEnded({ rowId }: LockedSession, message: EndedMessage): Promise<void> {
    await this.sql.updateOne(endOfMessage, [...endParameters(message), rowId]);
  }
}
