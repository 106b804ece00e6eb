import { Injectable } from '@nestjs/common';
import { ValidationFailedError } from '../common/domain-error.js';
import type { Owner } from '../owners/owner.js';
import type { BranchEnd, BranchMessage } from './branch.js';
import { rootParent } from './branch-rules.js';
import { BranchesRepository, messagesPerStatement } from './branches.repository.js';

/** What is looked for is mostly among the first messages on the way back. */
const firstMessages = 20;

/**
 * The tree of a session's messages, and its current branch (docs/adr/0044-branches.md). A parent is saved before its
 * children, so that one pass over the messages finds a path or a subtree. Methods that change something are called inside
 * the transaction that has locked the session.
 */
@Injectable()
export class BranchesService {
  constructor(private readonly branches: BranchesRepository) {}

  /** The path from a message to the beginning of the session, in this direction, with the message itself. */
  async *path(owner: Owner, sessionId: string, from: BranchEnd): AsyncGenerator<BranchMessage> {
    let wanted: number | null = from.id;
    for await (const message of this.backwards(owner, sessionId, from.sequence)) {
      if (wanted !== null && message.id !== wanted) continue;
      yield message;
      if (message.parentId === rootParent) return;
      // Without a parent, the next one in this direction is it.
      wanted = message.parentId;
    }
  }

  /** The id of a message's parent, or `rootParent`. */
  async parentOf(
    owner: Owner,
    sessionId: string,
    { parentId, sequence }: Pick<BranchMessage, 'parentId' | 'sequence'>,
  ): Promise<number> {
    if (parentId !== null) return parentId;
    const [previous] = await this.branches.findBefore(owner, sessionId, sequence - 1, 1);
    return previous?.id ?? rootParent;
  }

  /**
   * Makes the branch that ends with a message the current one.
   * @param end undefined for a branch without messages
   * @returns whether anything changed
   */
  async moveTo(owner: Owner, sessionId: string, end: BranchEnd | undefined): Promise<boolean> {
    const added: number[] = [];
    let fork = 0;
    if (end) {
      for await (const { sequence, onBranch } of this.path(owner, sessionId, end)) {
        if (onBranch) {
          fork = sequence;
          break;
        }
        added.push(sequence);
      }
    }
    const hidden = await this.branches.hideAfter(owner, sessionId, fork);
    await this.branches.show(owner, sessionId, added);
    return hidden > 0 || added.length > 0;
  }

  /**
   * Makes the branch the current one that runs through a message, to the newest message that follows from it.
   * @param id undefined for no change
   * @returns whether anything changed
   * @throws ValidationFailedError when there is no such message
   */
  async choose(owner: Owner, sessionId: string, id: number | undefined): Promise<boolean> {
    if (id === undefined) return false;
    const sequence = await this.branches.findSequence(owner, sessionId, id);
    if (sequence === undefined) {
      throw new ValidationFailedError([{ in: 'body', pointer: '/headId', detail: 'is no message of this session' }]);
    }
    return this.moveTo(owner, sessionId, await this.newestLeaf(owner, sessionId, { id, sequence }));
  }

  /** Whether the session has the message. */
  async has(owner: Owner, sessionId: string, id: number): Promise<boolean> {
    return (await this.branches.findSequence(owner, sessionId, id)) !== undefined;
  }

  /**
   * Has the current branch go on after a message was deleted from it: with the newest branch from the same place.
   * @param parentId the deleted message's, or `rootParent`
   */
  async goOnFrom(owner: Owner, sessionId: string, parentId: number): Promise<void> {
    const sequence = await this.branches.findSequence(owner, sessionId, parentId);
    const end =
      sequence === undefined
        ? (await this.branches.findBefore(owner, sessionId, Number.MAX_SAFE_INTEGER, 1))[0]
        : await this.newestLeaf(owner, sessionId, { id: parentId, sequence });
    await this.moveTo(owner, sessionId, end);
  }

  /** Has the current branch go on with a message that was restored, if it ends with the message's parent. */
  async continueWith(owner: Owner, sessionId: string, message: BranchEnd, parentId: number): Promise<void> {
    const head = await this.findHead(owner, sessionId);
    if ((head?.id ?? rootParent) !== parentId) return;
    await this.moveTo(owner, sessionId, await this.newestLeaf(owner, sessionId, message));
  }

  /**
   * Has the messages that were saved since a session was cleared follow from those that were restored.
   * @param clearedSequence the last sequence of the restored messages
   */
  async reattach(owner: Owner, sessionId: string, clearedSequence: number): Promise<void> {
    for await (const { id, onBranch } of this.backwards(owner, sessionId, clearedSequence)) {
      if (onBranch) return this.branches.replaceRoots(owner, sessionId, clearedSequence, id);
    }
  }

  /** The end of the current branch. */
  private async findHead(owner: Owner, sessionId: string): Promise<BranchEnd | undefined> {
    for await (const message of this.backwards(owner, sessionId, Number.MAX_SAFE_INTEGER)) {
      if (message.onBranch) return message;
    }
    return undefined;
  }

  /** The newest message that has no replies, among a message and those that follow from it. */
  async newestLeaf(owner: Owner, sessionId: string, message: BranchEnd): Promise<BranchEnd> {
    let leaf = message;
    for await (const { message: later, follows } of this.after(owner, sessionId, message)) if (follows) leaf = later;
    return leaf;
  }

  /** The messages that were saved after a message, in the order of saving, and whether each follows from it. */
  async *after(
    owner: Owner,
    sessionId: string,
    root: BranchEnd,
  ): AsyncGenerator<{ message: BranchMessage; follows: boolean }> {
    const ids = new Set([root.id]);
    for await (const { message, parentId } of this.withParents(owner, sessionId, root)) {
      const follows = ids.has(parentId);
      if (follows) ids.add(message.id);
      yield { message, follows };
    }
  }

  /**
   * The messages in the order of saving, each with the id of its parent, or `rootParent`.
   * @param after the message before the first one; undefined for all
   */
  async *withParents(
    owner: Owner,
    sessionId: string,
    after?: BranchEnd,
  ): AsyncGenerator<{ message: BranchMessage; parentId: number }> {
    let previous = after?.id ?? rootParent;
    for await (const message of this.forwards(owner, sessionId, after?.sequence ?? 0)) {
      yield { message, parentId: message.parentId ?? previous };
      previous = message.id;
    }
  }

  private async *backwards(owner: Owner, sessionId: string, from: number): AsyncGenerator<BranchMessage> {
    for (let next = from, limit = firstMessages; ; limit = messagesPerStatement) {
      const messages = await this.branches.findBefore(owner, sessionId, next, limit);
      yield* messages;
      const last = messages.at(-1);
      if (!last || messages.length < limit) return;
      next = last.sequence - 1;
    }
  }

  private async *forwards(owner: Owner, sessionId: string, after: number): AsyncGenerator<BranchMessage> {
    for (let previous = after; ;) {
      const messages = await this.branches.findAfter(owner, sessionId, previous);
      yield* messages;
      const last = messages.at(-1);
      if (!last || messages.length < messagesPerStatement) return;
      previous = last.sequence;
    }
  }
}
