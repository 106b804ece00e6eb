import { Injectable } from '@nestjs/common';
import { SqlClient, forceIndex } from '../database/sql/sql-client.js';
import { ownerCondition, ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';
import { isLive } from '../sessions/live-message-rules.js';

/**
 * The sum of what messages have so far that are still written. NULL, which is not added, for those that do not meet the
 * condition. A scalar subquery, so that the few streams are read first.
 */
const sumOf = (condition: string) => `
  SELECT COALESCE(SUM(t.byte_count - (SELECT OCTET_LENGTH(m.content)
    FROM writeassistdev_chat m ${forceIndex('unique_chat_sequence')}
    WHERE m.writeassistdevid = t.writeassistdevid AND m.userid = t.userid AND m.chat_session_id = t.chat_session_id
      AND m.sequence = t.sequence AND ${condition})), 0) AS bytes
  FROM writeassistdev_chat_streams t WHERE `;

/** Hand-written for the order of reading; the plans are tested. */
export const openStreamsQueries = {
  live: `${sumOf(isLive('m'))} t.writeassistdevid = ? AND t.userid = ?`,
  trashed: `${sumOf(`(${isLive('m')}) IS NOT TRUE`)} t.writeassistdevid = ? AND t.userid = ?`,
  inRange: `${sumOf('COALESCE(m.deletion_id, 0) = ?')} ${ownerCondition} AND t.chat_session_id = ?
    AND t.sequence > ? AND t.sequence <= ?`,
};

/** The bytes of messages that are still written, without those of their creation: their sessions count them at the end. */
@Injectable()
export class OpenStreamsRepository {
  constructor(private readonly sql: SqlClient) {}

  /** Of all messages that are not in the trash. */
  ofOwner(owner: Owner): Promise<number> {
    return this.sum(openStreamsQueries.live, ownerParameters(owner));
  }

  /** Of all messages that are in the trash, or that are purged. */
  ofTrash(owner: Owner): Promise<number> {
    return this.sum(openStreamsQueries.trashed, ownerParameters(owner));
  }

  /** As `QuotasService.openBytes`. */
  ofRange(
    owner: Owner,
    sessionId: string,
    { fromSequence, toSequence }: { fromSequence: number; toSequence: number },
    deletionId: number,
  ): Promise<number> {
    const parameters = [deletionId, ...ownerParameters(owner), sessionId, fromSequence, toSequence];
    return this.sum(openStreamsQueries.inRange, parameters);
  }

  private async sum(query: string, parameters: (number | string)[]): Promise<number> {
    // Sums are DECIMAL on MySQL, which the driver returns as text.
    const row = await this.sql.queryOne<{ bytes: number | string }>(query, parameters);
    return Number(row?.bytes);
  }
}
