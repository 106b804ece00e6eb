import { Injectable } from '@nestjs/common';
import { SqlClient, forceIndex } from '../database/sql/sql-client.js';
import { ownerCondition, ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';
import { isLive } from '../sessions/live-message-rules.js';
import type { Usage } from './quota.js';

/**
 * Reads the owner's sessions, not their messages. What is in the trash is not counted. A program from before `content_bytes` sets only the message count to 0
 * when it clears a session.
 */
export const usageQuery = `
  SELECT COUNT(*) AS sessions, COALESCE(SUM(message_count), 0) AS messages,
    COALESCE(SUM(CASE WHEN message_count > 0 THEN content_bytes END), 0) AS bytes
  FROM writeassistdev_chat_sessions WHERE ${ownerCondition} AND deleted_at IS NULL`;

/**
 * What messages have so far that are still written: their sessions count it when they end. NULL, which is not added, for
 * those in the trash. Scalar subqueries, so that the few streams are read first.
 */
export const openStreamsQuery = `
  SELECT COALESCE(SUM(t.byte_count - (SELECT OCTET_LENGTH(m.content)
    FROM writeassistdev_chat m ${forceIndex('unique_chat_sequence')}
    WHERE m.writeassistdevid = t.writeassistdevid AND m.userid = t.userid AND m.chat_session_id = t.chat_session_id
      AND m.sequence = t.sequence AND ${isLive('m')})), 0) AS bytes
  FROM writeassistdev_chat_streams t WHERE t.writeassistdevid = ? AND t.userid = ?`;

@Injectable()
export class UsageRepository {
  constructor(private readonly sql: SqlClient) {}

  /** What the owner has stored, on all servers. */
  async read(owner: Owner): Promise<Usage> {
    // Sums are DECIMAL on MySQL, which the driver returns as text.
    const row = await this.sql.queryOne<Record<keyof Usage, number | string>>(usageQuery, ownerParameters(owner));
    const open = await this.sql.queryOne<{ bytes: number | string }>(openStreamsQuery, ownerParameters(owner));
    const bytes = Number(row?.bytes) + Number(open?.bytes);
    return { bytes, sessions: Number(row?.sessions), messages: Number(row?.messages) };
  }
}
