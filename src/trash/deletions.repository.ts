import { Injectable } from '@nestjs/common';
import { SqlClient, forceIndex } from '../database/sql/sql-client.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import { ownerCondition, ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';
import type { Usage } from '../quotas/quota.js';
import type { DeletedRange, DeletionKind, NewDeletion } from './deletion.js';
import { Deletion } from './deletion.entity.js';

/** What a deletion occupies in the trash. */
export type DeletionSize = Pick<Deletion, 'id' | 'messageCount' | 'contentBytes'>;

const ofSession = `${forceIndex('ix_chat_deletions_session')} WHERE ${ownerCondition} AND chat_session_id = ?`;
const restorable = `FROM writeassistdev_chat_deletions ${forceIndex('ix_chat_deletions_session')}
  WHERE ${ownerCondition} AND purge_at > ?`;
/** What messages of a deletion have so far that are still written: the deletion does not count it. */
const openBytes = `COALESCE((SELECT SUM(t.byte_count - (SELECT OCTET_LENGTH(m.content)
    FROM writeassistdev_chat m ${forceIndex('unique_chat_sequence')}
    WHERE m.writeassistdevid = t.writeassistdevid AND m.userid = t.userid AND m.chat_session_id = t.chat_session_id
      AND m.sequence = t.sequence AND COALESCE(m.deletion_id, 0)
        = CASE kind WHEN 'message' THEN writeassistdev_chat_deletions.id ELSE 0 END))
  FROM writeassistdev_chat_streams t ${forceIndex('PRIMARY')}
  WHERE t.writeassistdevid = writeassistdev_chat_deletions.writeassistdevid
    AND t.userid = writeassistdev_chat_deletions.userid
    AND t.chat_session_id = writeassistdev_chat_deletions.chat_session_id
    AND t.sequence > from_sequence AND t.sequence <= to_sequence), 0)`;
/** By another index MySQL would wait for rows of other owners. */
const update = `UPDATE writeassistdev_chat_deletions ${forceIndex('ix_chat_deletions_session')} SET purge_at = ?`;
/** Hand-written for the statements that have a range; the plans are tested. */
export const deletionQueries = {
  newest: `SELECT id, kind, from_sequence AS fromSequence, to_sequence AS toSequence, message_count AS messageCount,
      content_bytes AS contentBytes, purge_at AS purgeAt, claimed_until AS claimedUntil
    FROM writeassistdev_chat_deletions ${ofSession} AND kind = ? ORDER BY id DESC LIMIT 1`,
  usage: `SELECT COUNT(*) AS sessions, COALESCE(SUM(message_count), 0) AS messages,
      COALESCE(SUM(content_bytes), 0) AS bytes ${restorable}`,
  sizes: `SELECT id, message_count AS messageCount,
      content_bytes + ${openBytes} AS contentBytes ${restorable}`,
  expireOfSession: `${update} WHERE ${ownerCondition} AND chat_session_id = ? AND purge_at > ?`,
  expireMessages: `${update} WHERE ${ownerCondition} AND chat_session_id = ? AND purge_at > ?
    AND kind = 'message' AND from_sequence >= ?`,
  expireUntil: `${update} WHERE ${ownerCondition} AND id <= ? AND purge_at > ?`,
};

/** Deletions of an owner. The caller of every method holds the owner's lock. Times are UTC milliseconds. */
@Injectable()
export class DeletionsRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly transactions: TransactionRunner,
  ) {}

  /** @returns its id */
  async insert(owner: Owner, sessionId: string, deletion: NewDeletion, at: number, purgeAt: number): Promise<number> {
    const row = { ...owner, sessionId, ...deletion, deletedAt: at, purgeAt };
    const { identifiers } = await this.transactions.repository(Deletion).insert(row);
    return Number(identifiers[0]?.id);
  }

  /** The newest deletion of this kind of the session. */
  findNewest(owner: Owner, sessionId: string, kind: DeletionKind): Promise<Deletion | undefined> {
    return this.sql.queryOne<Deletion>(deletionQueries.newest, [...ownerParameters(owner), sessionId, kind]);
  }

  /** A deletion of an owner. */
  findById(owner: Owner, id: number): Promise<Deletion | null> {
    return this.transactions.repository(Deletion).findOneBy({ ...owner, id });
  }

  async remove(id: number): Promise<void> {
    await this.transactions.repository(Deletion).delete({ id });
  }

  /** Makes the deletion of a session one of messages. */
  async change(id: number, range: DeletedRange): Promise<void> {
    await this.transactions.repository(Deletion).update({ id }, { ...range, kind: 'clear' });
  }

  /** Everything of the session is purged at this time, unless it is due earlier. */
  async expireOfSession(owner: Owner, sessionId: string, purgeAt: number): Promise<void> {
    const parameters = [purgeAt, ...ownerParameters(owner), sessionId, purgeAt];
    await this.sql.execute(deletionQueries.expireOfSession, parameters);
  }

  /** Deletions of single messages after a sequence are purged at this time, unless they are due earlier. */
  async expireMessages(owner: Owner, sessionId: string, fromSequence: number, purgeAt: number): Promise<void> {
    const parameters = [purgeAt, ...ownerParameters(owner), sessionId, purgeAt, fromSequence];
    await this.sql.execute(deletionQueries.expireMessages, parameters);
  }

  /** This deletion and older ones are purged now. */
  async expireUntil(owner: Owner, id: number, now: number): Promise<void> {
    await this.sql.execute(deletionQueries.expireUntil, [now, ...ownerParameters(owner), id, now]);
  }

  /** What the trash has that is not due yet; each deletion counts as a session. */
  async findUsage(owner: Owner, now: number): Promise<Usage> {
    const parameters = [...ownerParameters(owner), now];
    // Sums are DECIMAL on MySQL, which the driver returns as text.
    const row = await this.sql.queryOne<Record<keyof Usage, number | string>>(deletionQueries.usage, parameters);
    return { bytes: Number(row?.bytes), sessions: Number(row?.sessions), messages: Number(row?.messages) };
  }

  /** The deletions that are not due yet, in no order. */
  async findSizes(owner: Owner, now: number): Promise<DeletionSize[]> {
    const rows = await this.sql.query<Omit<DeletionSize, 'contentBytes'> & { contentBytes: number | string }>(
      deletionQueries.sizes,
      [...ownerParameters(owner), now],
    );
    // Sums are DECIMAL on MySQL, which the driver returns as text.
    return rows.map((row) => ({ ...row, contentBytes: Number(row.contentBytes) }));
  }
}
