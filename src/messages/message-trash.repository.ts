import { Injectable } from '@nestjs/common';
import { SqlClient, forceIndex } from '../database/sql/sql-client.js';
import { ownerCondition, ownerFilter, ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';
import { notCleared } from '../sessions/live-message-rules.js';
import type { MessageCounts } from '../sessions/session.js';
import { storedBytesColumn } from './message-texts.repository.js';

/** A message that was deleted by itself, or with a message before it. */
export interface DeletedMessage {
  id: number;
  sequence: number;
  /** As in `BranchMessage`. */
  parentId: number | null;
  deletionId: number;
}

/** Messages whose sequences follow each other: those from `first` to `last` that are not in the trash. */
export interface SequenceRange {
  first: number;
  last: number;
}

const inOrder = forceIndex('unique_chat_sequence');
const inRange = `WHERE ${ownerCondition} AND chat_session_id = ? AND sequence >= ? AND sequence <= ?`;
const update = (set: string) => `UPDATE writeassistdev_chat ${inOrder} SET ${set} ${inRange}`;
const deleted = 'SELECT id, sequence, parent_id AS parentId, deletion_id AS deletionId FROM writeassistdev_chat';
/** Hand-written for the forced index; the plans are tested. */
export const messageTrashQueries = {
  counts: `SELECT COUNT(*) AS messageCount, COALESCE(SUM(${storedBytesColumn}), 0) AS contentBytes
    FROM writeassistdev_chat ${inOrder} ${inRange} AND deletion_id IS NULL`,
  hide: `${update('on_branch = NULL, deletion_id = ?')} AND deletion_id IS NULL`,
  restore: `${update('deletion_id = NULL')} AND deletion_id = ?`,
  byId: `${deleted} WHERE ${ownerFilter} AND chat_session_id = ? AND id = ? AND deletion_id IS NOT NULL
    AND ${notCleared}`,
  first: `${deleted} ${inOrder} ${inRange} AND deletion_id = ? ORDER BY sequence LIMIT 1`,
};

/** Messages of a session in the trash that were not cleared. Every method is limited to the owner. */
@Injectable()
export class MessageTrashRepository {
  constructor(private readonly sql: SqlClient) {}

  /** Puts messages into the trash; they are on no current branch. */
  async hide(owner: Owner, sessionId: string, { first, last }: SequenceRange, deletionId: number): Promise<void> {
    const parameters = [deletionId, ...ownerParameters(owner), sessionId, first, last];
    await this.sql.execute(messageTrashQueries.hide, parameters);
  }

  /** Takes the messages of a deletion out of the trash; they are on no current branch. */
  async restore(owner: Owner, sessionId: string, { first, last }: SequenceRange, deletionId: number): Promise<void> {
    const parameters = [...ownerParameters(owner), sessionId, first, last, deletionId];
    await this.sql.execute(messageTrashQueries.restore, parameters);
  }

  async count(owner: Owner, sessionId: string, { first, last }: SequenceRange): Promise<MessageCounts> {
    const parameters = [...ownerParameters(owner), sessionId, first, last];
    // Sums are DECIMAL on MySQL, which the driver returns as text.
    const row = await this.sql.queryOne<Record<keyof MessageCounts, number | string>>(
      messageTrashQueries.counts,
      parameters,
    );
    return { messageCount: Number(row?.messageCount), contentBytes: Number(row?.contentBytes) };
  }

  /** A message in the trash, unless it was cleared, or its session is in the trash. */
  find(owner: Owner, sessionId: string, id: number): Promise<DeletedMessage | undefined> {
    const session = [...ownerParameters(owner), sessionId];
    return this.sql.queryOne<DeletedMessage>(messageTrashQueries.byId, [...session, id, ...session]);
  }

  /** The message of a deletion from which the others follow. */
  findFirst(
    owner: Owner,
    sessionId: string,
    { first, last }: SequenceRange,
    deletionId: number,
  ): Promise<DeletedMessage | undefined> {
    const parameters = [...ownerParameters(owner), sessionId, first, last, deletionId];
    return this.sql.queryOne<DeletedMessage>(messageTrashQueries.first, parameters);
  }
}
