import { Injectable } from '@nestjs/common';
import { SqlClient } from '../database/sql/sql-client.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import { Activity } from './activity.entity.js';
import { ChatOwner } from './chat-owner.entity.js';
import type { Owner } from './owner.js';
import { User } from './user.entity.js';

const owned = 'writeassistdevid = ? AND userid = ?';
const pointing = { table: 'writeassistdev_chat_owners', key: 'PRIMARY', set: 'active_session_id = ?' };
const sessionExists = `EXISTS (SELECT 1 FROM writeassistdev_chat_sessions s
  WHERE s.writeassistdevid = writeassistdev_chat_owners.writeassistdevid
    AND s.userid = writeassistdev_chat_owners.userid AND s.session_id = ?)`;

@Injectable()
export class OwnersRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly transactions: TransactionRunner,
  ) {}

  /** Locks the owner's row until the unit of work ends; undefined when the owner was never seen. */
  lock(owner: Owner): Promise<{ activeSessionId: string | null } | undefined> {
    return this.sql.selectForUpdate('active_session_id AS activeSessionId', 'writeassistdev_chat_owners', owned, [
      owner.activityId,
      owner.userId,
    ]);
  }

  /** Makes the owner's row and the two that it stands on, where they are not there yet. */
  async create({ activityId, userId }: Owner): Promise<void> {
    const insert = () => this.transactions.manager.createQueryBuilder().insert().updateEntity(false).orIgnore();
    await insert().into(User).values({ id: userId }).execute();
    await insert().into(Activity).values({ id: activityId }).execute();
    await insert().into(ChatOwner).values({ activityId, userId }).execute();
  }

  /** For whoever holds the owner's lock. */
  async setActive(owner: Owner, sessionId: string | null): Promise<void> {
    await this.sql.updateOne({ ...pointing, where: owned }, [sessionId, owner.activityId, owner.userId]);
  }

  /**
   * Points to the session if it is there; false if it is not. One statement. The subquery names the owner's row: an
   * uncorrelated one is answered by MariaDB before it waits for that row's lock, and a session that is deleted
   * meanwhile becomes the active one.
   */
  activate(owner: Owner, sessionId: string): Promise<boolean> {
    return this.sql.updateOne({ ...pointing, where: `${owned} AND ${sessionExists}` }, [
      sessionId,
      owner.activityId,
      owner.userId,
      sessionId,
    ]);
  }
}
