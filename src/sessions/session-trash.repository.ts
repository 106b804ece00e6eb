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
    return this.change(locked, { clearedSequence, ...withoutMessages(locked), modifiedAt: at });
  }

  /** Takes messages out of the trash that were cleared. */
  restoreMessages(locked: LockedSession, cleared: DeletedRange, at: number): Promise<void> {
    return this.change(locked, {
      clearedSequence: cleared.fromSequence,
      messageCount: locked.messageCount + cleared.messageCount,
      contentBytes: locked.contentBytes + cleared.contentBytes,
      // Its summary is computed when it is read next.
      summarySequence: 0,
      modifiedAt: at,
    });
  }

  /** Counts messages that have left the trash, or with negative numbers, that have gone there. */
  countMessages(locked: LockedSession, messageCount: number, contentBytes: number, at: number): Promise<void> {
    return this.change(locked, {
      messageCount: locked.messageCount + messageCount,
      contentBytes: locked.contentBytes + contentBytes,
      // Its summary is computed when it is read next.
      summarySequence: 0,
      modifiedAt: at,
    });
  }

  /** Makes a new session of the row of one in the trash: its messages up to a sequence stay there. */
  renew(locked: LockedSession, clearedSequence: number, content: SessionContent, at: number): Promise<void> {
    const times = { lastActivityAt: at, createdAt: at, modifiedAt: at };
    const empty = { ...withoutMessages(locked), lastReadSequence: locked.lastSequence };
    return this.change(locked, { ...toColumns(content), ...times, ...empty, clearedSequence, deletedAt: null });
  }

  private async change({ rowId, version }: LockedSession, columns: Partial<ChatSession>): Promise<void> {
    await this.transactions.repository(ChatSession).update({ id: rowId }, { ...columns, version: version + 1 });
  }
}

/** What a session has without messages; what was read stays read. */
function withoutMessages({ lastSequence }: LockedSession): Partial<ChatSession> {
  const noPreview = { previewText: null, previewRole: null, previewAt: null, previewSequence: null };
  return { messageCount: 0, contentBytes: 0, unreadCount: 0, ...noPreview, summarySequence: lastSequence };
}
