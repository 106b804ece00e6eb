import { Injectable } from '@nestjs/common';
import { parseMessageId, rootParent } from '../branches/branch-rules.js';
import type { BranchEnd } from '../branches/branch.js';
import { BranchesService } from '../branches/branches.service.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import { OwnersService } from '../owners/owners.service.js';
import type { MessageCounts } from '../sessions/session.js';
import { SessionTrashService } from '../sessions/session-trash.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { TrashService } from '../trash/trash.service.js';
import { MessageReader } from './message-reader.js';
import { MessageTrashRepository, messagesPerStep, type DeletedMessage } from './message-trash.repository.js';
import { HasRepliesError, MessageNotFoundError, ParentInTrashError } from './message.errors.js';
import type { Message, StoredMessage } from './message.js';

/** What a client says when it deletes a message. */
export interface MessageDeletion {
  /** Whether the messages that follow from it go with it. */
  replies?: boolean | undefined;
  /** Whether it does not go to the trash. */
  permanently?: boolean | undefined;
}

/** A message and what follows from it, as far as it was read, and not deleted yet. */
interface Subtree {
  ids: Set<number>;
  /** Ascending. */
  sequences: number[];
  /** The last message that was read. */
  last: BranchEnd;
}

/** A deletion that goes on. */
interface Progress {
  subtree: Subtree;
  deletionId: number;
}

/**
 * Deletes single messages with what follows from them, and restores them. In steps, each of which takes the newest
 * messages: what is left is a tree between two of them, also when the server stops there. Lock order: the owner, the
 * session, messages.
 */
@Injectable()
export class MessageTrashService {
  constructor(
    private readonly rows: MessageTrashRepository,
    private readonly reader: MessageReader,
    private readonly branches: BranchesService,
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
  async delete(owner: Owner, sessionId: string, messageId: string, deletion: MessageDeletion): Promise<void> {
    for (let progress: Progress | undefined; ;) {
      const done: Progress | undefined = progress;
      progress = await this.transactions.run(async () => {
        await this.owners.lock(owner);
        const locked = await this.sessions.lock(owner, sessionId);
        const message = await this.reader.getRow(owner, sessionId, messageId);
        const subtree = await this.read(owner, sessionId, done?.subtree ?? subtreeOf(message));
        if (subtree.sequences.length > 1 && !deletion.replies) throw new HasRepliesError();
        const kept = Math.max(0, subtree.sequences.length - messagesPerStep);
        const taken = subtree.sequences.slice(kept);
        const counts = await this.rows.count(owner, sessionId, taken);
        const range = { fromSequence: message.sequence - 1, toSequence: subtree.last.sequence };
        const begun = { kind: 'message' as const, ...range, messageCount: 0, contentBytes: 0 };
        const deletionId = done?.deletionId ?? (await this.trash.begin(owner, sessionId, begun));
        await this.trash.extend(owner, deletionId, { ...counts, toSequence: range.toSequence });
        const place = kept === 0 ? await this.branches.parentOf(owner, sessionId, message) : undefined;
        await this.rows.hide(owner, sessionId, taken, deletionId);
        await this.sessionTrash.countDeleted(owner, locked, counts);
        const remaining = { ...subtree, sequences: subtree.sequences.slice(0, kept) };
        if (place === undefined) return { subtree: remaining, deletionId };
        if (message.onBranch) await this.branches.goOnFrom(owner, sessionId, place);
        await this.trash.finish(owner, deletionId, deletion.permanently ?? false);
        return undefined;
      }, sessionId);
      if (!progress) return;
    }
  }

  /**
   * Takes the message out of the trash, with what was deleted together with it. The current branch goes on with it, if it
   * ends where the message belongs. A message that is not in the trash stays as it is.
   * @throws SessionNotFoundError, MessageNotFoundError, ParentInTrashError, QuotaExceededError
   */
  async restore(owner: Owner, sessionId: string, messageId: string): Promise<Message> {
    for (let deletionId: number | undefined; ;) {
      const begun: number | undefined = deletionId;
      deletionId = await this.transactions.run(async () => {
        await this.owners.lock(owner);
        const locked = await this.sessions.lock(owner, sessionId);
        const id = begun ?? (await this.findDeletionId(owner, sessionId, messageId));
        if (id === undefined) return undefined;
        const deletion = await this.trash.find(owner, id);
        if (!deletion) throw new MessageNotFoundError();
        const messages = await this.rows.findOfDeletion(owner, sessionId, deletion);
        const sequences = messages.map(({ sequence }) => sequence);
        const counts = await this.rows.count(owner, sessionId, sequences);
        const [first] = messages;
        const place = first && (await this.placeOf(owner, sessionId, first));
        await this.rows.restore(owner, sessionId, sequences);
        await this.sessionTrash.countRestored(owner, locked, counts);
        if (first && place !== undefined) await this.branches.continueWith(owner, sessionId, first, place);
        if (messages.length === messagesPerStep) {
          await this.trash.extend(owner, id, negative(counts));
          return id;
        }
        await this.trash.remove(id);
        return undefined;
      }, sessionId);
      if (deletionId !== undefined) continue;
      return this.reader.withText(owner, await this.reader.getRow(owner, sessionId, messageId));
    }
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

  /** Adds the messages that were saved since. */
  private async read(owner: Owner, sessionId: string, { ids, sequences, last }: Subtree): Promise<Subtree> {
    const found: Subtree = { ids: new Set(ids), sequences: [...sequences], last };
    for await (const { message, parentId } of this.branches.withParents(owner, sessionId, last)) {
      found.last = message;
      if (!found.ids.has(parentId)) continue;
      found.ids.add(message.id);
      found.sequences.push(message.sequence);
    }
    return found;
  }
}

function subtreeOf(message: StoredMessage): Subtree {
  return { ids: new Set([message.id]), sequences: [message.sequence], last: message };
}

function negative({ messageCount, contentBytes }: MessageCounts): MessageCounts {
  return { messageCount: -messageCount, contentBytes: -contentBytes };
}
