import { Injectable } from '@nestjs/common';
import { parseMessageId, rootParent } from '../branches/branch-rules.js';
import { BranchesService } from '../branches/branches.service.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import { OwnersService } from '../owners/owners.service.js';
import { QuotasService } from '../quotas/quotas.service.js';
import type { LockedSession, MessageCounts } from '../sessions/session.js';
import { SessionTrashService } from '../sessions/session-trash.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { TrashService } from '../trash/trash.service.js';
import { MessageReader } from './message-reader.js';
import { MessageTrashRepository, type DeletedMessage, type SequenceRange } from './message-trash.repository.js';
import { HasRepliesError, MessageNotFoundError, ParentInTrashError } from './message.errors.js';
import type { Message, StoredMessage } from './message.js';

/** What a client says when it deletes a message. */
export interface MessageDeletion {
  /** Whether the messages that follow from it go with it. */
  replies?: boolean | undefined;
  /** Whether it does not go to the trash. */
  permanently?: boolean | undefined;
}

/**
 * Deletes single messages with what follows from them, and restores them: each in one transaction, so that a deletion is
 * whole or not there. Lock order: the owner, the session, messages.
 */
@Injectable()
export class MessageTrashService {
  constructor(
    private readonly rows: MessageTrashRepository,
    private readonly reader: MessageReader,
    private readonly branches: BranchesService,
    private readonly quotas: QuotasService,
    private readonly sessions: SessionsService,
    private readonly sessionTrash: SessionTrashService,
    private readonly trash: TrashService,
    private readonly owners: OwnersService,
    private readonly transactions: TransactionRunner,
  ) {}

  /**
   * Puts the message into the trash, or purges it. When it was on the current branch, this goes on with the newest of the
   * other branches from the same place.
   * @throws SessionNotFoundError, MessageNotFoundError, HasRepliesError
   */
  delete(owner: Owner, sessionId: string, messageId: string, deletion: MessageDeletion): Promise<void> {
    return this.transactions.run(async () => {
      await this.owners.lock(owner);
      const locked = await this.sessions.lock(owner, sessionId);
      const message = await this.reader.getRow(owner, sessionId, messageId);
      const ranges = await this.subtreeOf(owner, sessionId, message);
      const last = ranges.at(-1)?.last ?? message.sequence;
      if (last > message.sequence && !deletion.replies) throw new HasRepliesError();
      const { openBytes, ...counts } = await this.count(owner, sessionId, ranges);
      const recorded = { kind: 'message' as const, fromSequence: message.sequence - 1, toSequence: last, ...counts };
      const id = await this.trash.add(owner, sessionId, recorded, deletion.permanently ?? false);
      const place = await this.branches.parentOf(owner, sessionId, message);
      for (const range of ranges) await this.rows.hide(owner, sessionId, range, id);
      await this.sessionTrash.countDeleted(owner, locked, counts, openBytes);
      if (message.onBranch) await this.branches.goOnFrom(owner, sessionId, place);
    }, sessionId);
  }

  /**
   * Takes the message out of the trash, with what was deleted together with it. The current branch goes on with it, if it
   * ends where the message belongs. A message that is not in the trash stays as it is.
   * @throws SessionNotFoundError, MessageNotFoundError, ParentInTrashError, QuotaExceededError
   */
  restore(owner: Owner, sessionId: string, messageId: string): Promise<Message> {
    return this.transactions.run(async () => {
      await this.owners.lock(owner);
      const locked = await this.sessions.lock(owner, sessionId);
      const id = await this.findDeletionId(owner, sessionId, messageId);
      if (id !== undefined) await this.restoreDeletion(owner, locked, id);
      return this.reader.withText(owner, await this.reader.getRow(owner, sessionId, messageId));
    }, sessionId);
  }

  private async restoreDeletion(owner: Owner, locked: LockedSession, deletionId: number): Promise<void> {
    const { id: sessionId } = locked;
    const deletion = await this.trash.find(owner, deletionId);
    if (!deletion) throw new MessageNotFoundError();
    const range = { first: deletion.fromSequence + 1, last: deletion.toSequence };
    const first = await this.rows.findFirst(owner, sessionId, range, deletionId);
    if (!first) throw new MessageNotFoundError();
    const place = await this.placeOf(owner, sessionId, first);
    await this.sessionTrash.countRestored(owner, locked, deletion);
    await this.rows.restore(owner, sessionId, range, deletionId);
    await this.trash.remove(deletionId);
    await this.branches.continueWith(owner, sessionId, first, place);
  }

  /** With what those have so far that are still written, in `openBytes`. */
  private async count(
    owner: Owner,
    sessionId: string,
    ranges: SequenceRange[],
  ): Promise<MessageCounts & { openBytes: number }> {
    const counts = { messageCount: 0, contentBytes: 0, openBytes: 0 };
    for (const range of ranges) {
      const { messageCount, contentBytes } = await this.rows.count(owner, sessionId, range);
      const { first, last: toSequence } = range;
      const openBytes = await this.quotas.openBytes(owner, sessionId, { fromSequence: first - 1, toSequence });
      counts.messageCount += messageCount;
      counts.contentBytes += contentBytes;
      counts.openBytes += openBytes;
    }
    return counts;
  }

  /** Undefined for a message that is not in the trash. @throws MessageNotFoundError */
  private async findDeletionId(owner: Owner, sessionId: string, messageId: string): Promise<number | undefined> {
    const id = parseMessageId(messageId);
    const found = id === undefined ? undefined : await this.rows.find(owner, sessionId, id);
    if (!found) await this.reader.getRow(owner, sessionId, messageId);
    return found?.deletionId;
  }

  /** The id of the parent, or `rootParent`. @throws ParentInTrashError */
  private async placeOf(owner: Owner, sessionId: string, message: DeletedMessage): Promise<number> {
    const parentId = await this.branches.parentOf(owner, sessionId, message);
    const isThere = parentId === rootParent || (await this.branches.has(owner, sessionId, parentId));
    if (!isThere) throw new ParentInTrashError();
    return parentId;
  }

  /** A message and what follows from it, in as few ranges as there are, ascending. */
  private async subtreeOf(owner: Owner, sessionId: string, root: StoredMessage): Promise<SequenceRange[]> {
    let open: SequenceRange | undefined = { first: root.sequence, last: root.sequence };
    const ranges = [open];
    for await (const { message, follows } of this.branches.after(owner, sessionId, root)) {
      const { sequence } = message;
      if (!follows) open = undefined;
      else if (open) open.last = sequence;
      else ranges.push((open = { first: sequence, last: sequence }));
    }
    return ranges;
  }
}
