import { Injectable } from '@nestjs/common';
import { SqlClient, forceIndex } from '../database/sql/sql-client.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import { ownerCondition, ownerFilter, ownerParameters } from '../owners/owner-columns.js';
import { ChatSession } from '../sessions/chat-session.entity.js';
import type { ClaimedDeletion } from './deletion.js';
import { Deletion } from './deletion.entity.js';

/** Messages that one step looks at and removes at most. */
export const rowsPerStep = 200;
const duePerQuery = 10;

/** A message that a step looks at. */
export interface StepRow {
  id: number;
  sequence: number;
  deletionId: number | null;
  bytes: number;
}

/** What decides whether messages of a session are in the trash. Times are UTC milliseconds. */
export type TrashedSession = Pick<ChatSession, 'id' | 'deletedAt' | 'clearedSequence'>;

const table = 'writeassistdev_chat_deletions';
const columns = `id, writeassistdevid AS activityId, userid AS userId, chat_session_id AS sessionId, kind,
  from_sequence AS fromSequence, to_sequence AS toSequence, claimed_until AS claimedUntil`;
/** Hand-written, since each step is short only with its index; the plans are tested. */
export const purgeQueries = {
  due: `SELECT ${columns} FROM ${table} ${forceIndex('ix_chat_deletions_purge')}
    WHERE purge_at <= ? AND claimed_until <= ? ORDER BY purge_at LIMIT ${duePerQuery}`,
  step: `SELECT id, sequence, deletion_id AS deletionId,
      OCTET_LENGTH(content) + COALESCE(OCTET_LENGTH(payload), 0) + COALESCE((SELECT t.byte_count
        FROM writeassistdev_chat_streams t WHERE t.writeassistdevid = writeassistdev_chat.writeassistdevid
          AND t.userid = writeassistdev_chat.userid AND t.chat_session_id = writeassistdev_chat.chat_session_id
          AND t.sequence = writeassistdev_chat.sequence), 0) AS bytes
    FROM writeassistdev_chat ${forceIndex('unique_chat_sequence')}
    WHERE ${ownerCondition} AND chat_session_id = ? AND sequence > ? AND sequence <= ?
    ORDER BY sequence LIMIT ${rowsPerStep}`,
  remove: `DELETE FROM writeassistdev_chat
    WHERE ${ownerFilter} AND id IN (${Array(rowsPerStep).fill('?').join(', ')})`,
};
const claim = { table, key: 'PRIMARY' };

/** What purging reads and removes. Times are UTC milliseconds. */
@Injectable()
export class PurgeRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly transactions: TransactionRunner,
  ) {}

  /** Deletions that are due and that no server is purging, those that are due for longest first. */
  findDue(now: number): Promise<ClaimedDeletion[]> {
    return this.sql.query<ClaimedDeletion>(purgeQueries.due, [now, now]);
  }

  /** @returns false when another server has claimed it */
  claim(id: number, now: number, until: number): Promise<boolean> {
    const update = { ...claim, set: 'claimed_until = ?', where: 'id = ? AND purge_at <= ? AND claimed_until <= ?' };
    return this.sql.updateOne(update, [until, id, now, now]);
  }

  /** Lets other servers claim it at once. */
  async release({ id, claimedUntil }: ClaimedDeletion, now: number): Promise<void> {
    const update = { ...claim, set: 'claimed_until = ?', where: 'id = ? AND claimed_until = ?' };
    await this.sql.updateOne(update, [now, id, claimedUntil]);
  }

  /** The next messages of the deletion's range, without a lock. */
  findStep({ activityId, userId, sessionId, kind, ...range }: ClaimedDeletion): Promise<StepRow[]> {
    // A session goes with whatever it has.
    const to = kind === 'session' ? Number.MAX_SAFE_INTEGER : range.toSequence;
    const session = [...ownerParameters({ activityId, userId }), sessionId];
    return this.sql.query<StepRow>(purgeQueries.step, [...session, range.fromSequence, to]);
  }

  /** Locks the session's row until the transaction ends. */
  lockSession({ activityId, userId, sessionId }: ClaimedDeletion): Promise<TrashedSession | undefined> {
    return this.sql.selectForUpdate<TrashedSession>(
      'id, deleted_at AS deletedAt, cleared_sequence AS clearedSequence',
      'writeassistdev_chat_sessions',
      `${ownerCondition} AND session_id = ?`,
      [...ownerParameters({ activityId, userId }), sessionId],
    );
  }

  /** The deletion as it is now; undefined when it has been taken back, or another server has claimed it. */
  lock({ id, claimedUntil }: ClaimedDeletion): Promise<ClaimedDeletion | undefined> {
    return this.sql.selectForUpdate<ClaimedDeletion>(columns, table, 'id = ? AND claimed_until = ?', [
      id,
      claimedUntil,
    ]);
  }

  /** Removes at most `rowsPerStep` messages; foreign keys remove what belongs to them. */
  async removeMessages({ activityId, userId }: ClaimedDeletion, ids: number[]): Promise<void> {
    // Always the same number of parameters, so that the statement is prepared once.
    const padded = Array.from({ length: rowsPerStep }, (_, index) => ids[index] ?? null);
    await this.sql.execute(purgeQueries.remove, [...ownerParameters({ activityId, userId }), ...padded]);
  }

  /** Renews the claim, and records how far the messages are removed. */
  async advance(id: number, fromSequence: number, claimedUntil: number): Promise<void> {
    const update = { ...claim, set: 'from_sequence = ?, claimed_until = ?', where: 'id = ?' };
    await this.sql.updateOne(update, [fromSequence, claimedUntil, id]);
  }

  /** Removes the session; foreign keys remove its deletions. */
  async removeSession({ id }: TrashedSession): Promise<void> {
    await this.transactions.repository(ChatSession).delete({ id });
  }

  async remove({ id }: ClaimedDeletion): Promise<void> {
    await this.transactions.repository(Deletion).delete({ id });
  }
}
