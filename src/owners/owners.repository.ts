import { Injectable } from '@nestjs/common';
import { SqlClient, type SingleRowUpdate } from '../database/sql/sql-client.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import { Activity } from './activity.entity.js';
import { ChatOwner } from './chat-owner.entity.js';
import { ownerCondition, ownerParameters } from './owner-columns.js';
import type { Owner } from './owner.js';
import { User } from './user.entity.js';

const pointerUpdate = { table: 'writeassistdev_chat_owners', key: 'PRIMARY', set: 'active_session_id = ?' };
const sessionExists = `EXISTS (SELECT 1 FROM writeassistdev_chat_sessions s
  WHERE s.writeassistdevid = writeassistdev_chat_owners.writeassistdevid
    AND s.userid = writeassistdev_chat_owners.userid AND s.session_id = ?
    AND s.deleted_at IS NULL)`;

const setPointer: SingleRowUpdate = { ...pointerUpdate, where: ownerCondition };
const setPointerIfExists: SingleRowUpdate = { ...pointerUpdate, where: `${ownerCondition} AND ${sessionExists}` };

/** Rows of owners, and of the users and activities that they refer to. */
@Injectable()
export class OwnersRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly transactions: TransactionRunner,
  ) {}

  /** Locks the owner's row until the transaction ends; undefined when it does not exist. */
  lock(owner: Owner): Promise<{ activeSessionId: string | null } | undefined> {
    // FOR UPDATE on MySQL only: TypeORM's pessimistic lock throws on SQLite.
    return this.sql.selectForUpdate(
      'active_session_id AS activeSessionId',
      'writeassistdev_chat_owners',
      ownerCondition,
      ownerParameters(owner),
    );
  }

  /** Inserts the owner's row and the user and activity that it refers to, unless they exist. Inside a transaction. */
  async create({ activityId, userId }: Owner): Promise<void> {
    const insert = () => this.transactions.manager.createQueryBuilder().insert().updateEntity(false).orIgnore();
    await insert().into(User).values({ id: userId }).execute();
    await insert().into(Activity).values({ id: activityId }).execute();
    await insert().into(ChatOwner).values({ activityId, userId }).execute();
  }

  /** Sets the pointer to the active session. The caller holds the owner's lock. */
  async setActive(owner: Owner, sessionId: string | null): Promise<void> {
    // The forced index takes the same locks in the same order as `activate`.
    await this.sql.updateOne(setPointer, [sessionId, ...ownerParameters(owner)]);
  }

  /**
   * Sets the pointer if the session exists.
   * @returns false when it does not
   */
  activate(owner: Owner, sessionId: string): Promise<boolean> {
    // The subquery is correlated to the owner's row: MariaDB evaluates an uncorrelated one before it waits for the row
    // lock, and a session deleted meanwhile would become active (docs/adr/0004-active-session.md).
    return this.sql.updateOne(setPointerIfExists, [sessionId, ...ownerParameters(owner), sessionId]);
  }
}
