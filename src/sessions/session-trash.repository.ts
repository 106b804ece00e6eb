import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { DeletedRange } from '../trash/deletion.js';
import { ChatSession } from './chat-session.entity.js';
import { toColumns } from './session-row.js';
import type { LockedSession, SessionContent } from './session.js';

/** Changes that put a session or its messages into the trash, or take them out. Each counts as one. Times are UTC milliseconds. */
@Injectable()
export class SessionTrashRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Puts the session into the trash. */
  delete(locked: LockedSession, at: number): Promise<void> {
    return this.change(locked, { deletedAt: at });
  }

  /** Takes the session out of the trash. */
  restore(locked: LockedSession): Promise<void> {
    return this.change(locked, { deletedAt: null });
  }

  /** Puts the messages up to a sequence into the trash; the sequence continues. */
  clear(locked: LockedSession, clearedSequence: number, at: number): Promise<void> {
    return this.change(locked, { clearedSequence, messageCount: 0, contentBytes: 0, modifiedAt: at });
  }

  /** Takes messages out of the trash that were cleared. */
  restoreMessages(locked: LockedSession, cleared: DeletedRange, at: number): Promise<void> {
    return this.change(locked, {
      clearedSequence: cleared.fromSequence,
      messageCount: locked.messageCount + cleared.messageCount,
      contentBytes: locked.contentBytes + cleared.contentBytes,
      modifiedAt: at,
    });
  }

  /** Makes a new session of the row of one in the trash: its messages up to a sequence stay there. */
  renew(locked: LockedSession, clearedSequence: number, content: SessionContent, at: number): Promise<void> {
    const times = { lastActivityAt: at, createdAt: at, modifiedAt: at };
    const counts = { messageCount: 0, contentBytes: 0 };
    return this.change(locked, { ...toColumns(content), ...times, ...counts, clearedSequence, deletedAt: null });
  }

  private async change({ rowId, version }: LockedSession, columns: Partial<ChatSession>): Promise<void> {
    await this.transactions.repository(ChatSession).update({ id: rowId }, { ...columns, version: version + 1 });
  }
}
