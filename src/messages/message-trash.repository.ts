import { Injectable } from '@nestjs/common';
import { SqlClient, forceIndex, type Parameter } from '../database/sql/sql-client.js';
import { ownerCondition, ownerFilter, ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';
import { notCleared } from '../sessions/live-messages.js';
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

/** Messages that one transaction puts into the trash, or takes out of it. */
export const messagesPerStep = 2000;
const perStatement = 100;

const ofSession = `${forceIndex('unique_chat_sequence')} WHERE ${ownerCondition} AND chat_session_id = ?`;
const ofSequences = `${ofSession} AND sequence IN (${Array(perStatement).fill('?').join(', ')})`;
const update = (set: string) => `UPDATE writeassistdev_chat ${ofSequences.replace(' WHERE', ` SET ${set} WHERE`)}`;
const deleted = 'SELECT id, sequence, parent_id AS parentId, deletion_id AS deletionId FROM writeassistdev_chat';
/** Hand-written for the forced index; the plans are tested. */
export const messageTrashQueries = {
  counts: `SELECT COUNT(*) AS messageCount, COALESCE(SUM(${storedBytesColumn}), 0) AS contentBytes
    FROM writeassistdev_chat ${ofSequences}`,
  hide: update('on_branch = NULL, deletion_id = ?'),
  restore: update('deletion_id = NULL'),
  byId: `${deleted} WHERE ${ownerFilter} AND chat_session_id = ? AND id = ? AND deletion_id IS NOT NULL
    AND ${notCleared}`,
  ofDeletion: `${deleted} ${ofSession} AND sequence > ? AND sequence <= ? AND deletion_id = ?
    ORDER BY sequence LIMIT ${messagesPerStep}`,
};

/** Messages of a session in the trash that were not cleared. Every method is limited to the owner. */
@Injectable()
export class MessageTrashRepository {
  constructor(private readonly sql: SqlClient) {}

  /** Puts the messages with these sequences into the trash. */
  async hide(owner: Owner, sessionId: string, sequences: number[], deletionId: number): Promise<void> {
    await this.update(messageTrashQueries.hide, owner, sessionId, sequences, [deletionId]);
  }

  /** Takes the messages with these sequences out of the trash; they are on no current branch. */
  async restore(owner: Owner, sessionId: string, sequences: number[]): Promise<void> {
    await this.update(messageTrashQueries.restore, owner, sessionId, sequences, []);
  }

  async count(owner: Owner, sessionId: string, sequences: number[]): Promise<MessageCounts> {
    const counts = { messageCount: 0, contentBytes: 0 };
    for (const step of stepsOf(sequences)) {
      const parameters = [...ownerParameters(owner), sessionId, ...step];
      // Sums are DECIMAL on MySQL, which the driver returns as text.
      const row = await this.sql.queryOne<Record<keyof MessageCounts, number | string>>(
        messageTrashQueries.counts,
        parameters,
      );
      counts.messageCount += Number(row?.messageCount);
      counts.contentBytes += Number(row?.contentBytes);
    }
    return counts;
  }

  /** A message in the trash, unless it was cleared, or its session is in the trash. */
  find(owner: Owner, sessionId: string, id: number): Promise<DeletedMessage | undefined> {
    const session = [...ownerParameters(owner), sessionId];
    return this.sql.queryOne<DeletedMessage>(messageTrashQueries.byId, [...session, id, ...session]);
  }

  /** At most `messagesPerStep` messages of a deletion after a sequence, the first one first. */
  findOfDeletion(
    owner: Owner,
    sessionId: string,
    { id, fromSequence, toSequence }: { id: number; fromSequence: number; toSequence: number },
  ): Promise<DeletedMessage[]> {
    const range = [...ownerParameters(owner), sessionId, fromSequence, toSequence, id];
    return this.sql.query<DeletedMessage>(messageTrashQueries.ofDeletion, range);
  }

  private async update(
    statement: string,
    owner: Owner,
    sessionId: string,
    sequences: number[],
    set: Parameter[],
  ): Promise<void> {
    for (const step of stepsOf(sequences)) {
      await this.sql.execute(statement, [...set, ...ownerParameters(owner), sessionId, ...step]);
    }
  }
}

/** Always the same number of parameters, so that a statement is prepared once. */
function* stepsOf(sequences: number[]): Generator<Parameter[]> {
  for (let start = 0; start < sequences.length; start += perStatement) {
    yield Array.from({ length: perStatement }, (_, index) => sequences[start + index] ?? null);
  }
}
