import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { SqlClient } from '../database/sql/sql-client.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import { ownerCondition, ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';
import { DeletedSession } from './deleted-session.entity.js';

/** Ids of deleted sessions. The caller of every method holds the owner's lock. Times are UTC milliseconds. */
@Injectable()
export class DeletedSessionsRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly transactions: TransactionRunner,
  ) {}

  /**
   * Records a deletion. Removes ids of sessions that were deleted at `until` or before, so that their number is limited by
   * the deletions of one window.
   */
  async add(owner: Owner, sessionId: string, deletedAt: number, until: number): Promise<void> {
    await this.remove(owner, sessionId, until);
    await this.transactions.repository(DeletedSession).insert({ ...owner, sessionId, deletedAt });
  }

  /** Whether the session was deleted after `since`. */
  has(owner: Owner, sessionId: string, since: number): Promise<boolean> {
    return this.transactions.repository(DeletedSession).existsBy({ ...owner, sessionId, deletedAt: MoreThan(since) });
  }

  /** Removes the id, and those of sessions that were deleted at `until` or before. */
  async remove(owner: Owner, sessionId: string, until: number): Promise<void> {
    await this.sql.execute(
      `DELETE FROM writeassistdev_chat_deleted_sessions WHERE ${ownerCondition} AND (session_id = ? OR deleted_at <= ?)`,
      [...ownerParameters(owner), sessionId, until],
    );
  }
}
