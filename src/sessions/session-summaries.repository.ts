import { Injectable } from '@nestjs/common';
import { forceIndex, SqlClient, type Parameter } from '../database/sql/sql-client.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import { ownerCondition, ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';
import { ChatSession } from './chat-session.entity.js';
import { previewRoles, previewSourceCodeUnits, toPreview } from '../common/preview.js';
import type { LockedSession, SessionSummary } from './session.js';

/** Sequences of one statement, which reads the rows of their messages. */
export const sequencesPerStep = 2000;

const messages = `FROM writeassistdev_chat ${forceIndex('unique_chat_sequence')}
  WHERE ${ownerCondition} AND chat_session_id = ? AND sequence > ? AND sequence <= ?
    AND on_branch = 1`;
/** Hand-written, for the forced index; the plans are tested. */
export const summaryQueries = {
  /** The messages of a step, and the last of them that the user has written; 0 for none. */
  unread: `SELECT COUNT(*) AS count, COALESCE(MAX(CASE WHEN role = 'user' THEN sequence END), 0) AS own ${messages}`,
  /** The newest message of a step that a list may show. */
  newest: `SELECT sequence, role, timestamp, SUBSTR(content, 1, ${previewSourceCodeUnits}) AS content ${messages}
    AND role IN (${previewRoles.map((role) => `'${role}'`).join()}) AND OCTET_LENGTH(content) > 0
    ORDER BY sequence DESC LIMIT 1`,
};

interface NewestMessage {
  sequence: number;
  role: string;
  timestamp: number;
  content: string;
}

/** What a list shows of the messages of a session. It is kept with each save; here it is read from the messages. */
@Injectable()
export class SessionSummariesRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly transactions: TransactionRunner,
  ) {}

  /**
   * Computes the preview and the unread messages from the messages, and writes them. Inside the transaction that has
   * locked the session. A user who writes has read what was there before: the session is read up to the user's last
   * message.
   */
  async refresh(owner: Owner, locked: LockedSession): Promise<SessionSummary> {
    const { lastSequence: summarySequence, rowId } = locked;
    const read = await this.countUnread(owner, locked);
    const newest = await this.findNewest(owner, locked);
    const preview = (newest && toPreview(newest)) ?? null;
    await this.transactions.repository(ChatSession).update(
      { id: rowId },
      {
        ...{ ...read, summarySequence, previewSequence: newest?.sequence ?? null },
        ...{ previewText: preview?.text ?? null, previewRole: preview?.role ?? null },
        previewAt: preview?.timestamp ?? null,
      },
    );
    return { preview, ...read, summarySequence };
  }

  private async countUnread(owner: Owner, locked: LockedSession) {
    const { lastSequence } = locked;
    let { lastReadSequence } = locked;
    let unreadCount = 0;
    for (let from = Math.max(lastReadSequence, locked.clearedSequence); from < lastSequence;) {
      const until = Math.min(from + sequencesPerStep, lastSequence);
      const step = await this.sql.queryOne<{ count: number; own: number }>(
        summaryQueries.unread,
        stepParameters(owner, locked, from, until),
      );
      const own = Number(step?.own);
      if (own > 0) [lastReadSequence, unreadCount] = [own, 0];
      else unreadCount += Number(step?.count);
      // What follows the user's message is counted from there.
      from = own > 0 ? own : until;
    }
    return { lastReadSequence, unreadCount };
  }

  private async findNewest(owner: Owner, locked: LockedSession): Promise<NewestMessage | undefined> {
    if (locked.messageCount === 0) return undefined;
    const { lastSequence, clearedSequence } = locked;
    for (let until = lastSequence; until > clearedSequence; until -= sequencesPerStep) {
      const from = Math.max(until - sequencesPerStep, clearedSequence);
      const step = stepParameters(owner, locked, from, until);
      const newest = await this.sql.queryOne<NewestMessage>(summaryQueries.newest, step);
      if (newest) return newest;
    }
    return undefined;
  }
}

function stepParameters(owner: Owner, { id }: LockedSession, from: number, until: number): Parameter[] {
  return [...ownerParameters(owner), id, from, until];
}
