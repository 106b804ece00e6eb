import { Injectable } from '@nestjs/common';
import { SqlClient } from '../database/sql/sql-client.js';
import { ownerCondition, ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';
import { OpenStreamsRepository } from './open-streams.repository.js';
import type { Usage } from './quota.js';

/**
 * Reads the owner's sessions, not their messages. What is in the trash is not counted. A program from before `content_bytes` sets only the message count to 0
 * when it clears a session.
 */
export const usageQuery = `
  SELECT COUNT(*) AS sessions, COALESCE(SUM(message_count), 0) AS messages,
    COALESCE(SUM(CASE WHEN message_count > 0 THEN content_bytes END), 0) AS bytes
  FROM writeassistdev_chat_sessions WHERE ${ownerCondition} AND deleted_at IS NULL`;

@Injectable()
export class UsageRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly openStreams: OpenStreamsRepository,
  ) {}

  /** What the owner has stored, on all servers. */
  async read(owner: Owner): Promise<Usage> {
    // Sums are DECIMAL on MySQL, which the driver returns as text.
    const row = await this.sql.queryOne<Record<keyof Usage, number | string>>(usageQuery, ownerParameters(owner));
    const bytes = Number(row?.bytes) + (await this.openStreams.ofOwner(owner));
    return { bytes, sessions: Number(row?.sessions), messages: Number(row?.messages) };
  }
}
