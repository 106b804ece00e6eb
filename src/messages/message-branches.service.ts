import { Injectable } from '@nestjs/common';
import type { BranchMessage } from '../branches/branch.js';
import { BranchesService } from '../branches/branches.service.js';
import type { Owner } from '../owners/owner.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { MessageListRepository } from './message-list.repository.js';
import { MessageReader } from './message-reader.js';
import type { Message, MessagePage, MessagePosition, MessageRange, TreeMessage, TreePage } from './message.js';

/** Reads messages of all branches of a session. */
@Injectable()
export class MessageBranchesService {
  constructor(
    private readonly lists: MessageListRepository,
    private readonly reader: MessageReader,
    private readonly branches: BranchesService,
    private readonly sessions: SessionsService,
  ) {}

  /**
   * Lists the branch that ends with a message.
   * @throws SessionNotFoundError, MessageNotFoundError when there is no such message
   */
  async list(owner: Owner, sessionId: string, head: string, limit: number, range: MessageRange): Promise<MessagePage> {
    const row = await this.reader.getRow(owner, sessionId, head);
    const { lastSequence } = await this.sessions.get(owner, sessionId);
    const path: BranchMessage[] = [];
    for await (const message of this.branches.path(owner, sessionId, row)) path.push(message);
    const ids = inRange(path, range)
      .slice(0, limit + 1)
      .map(({ id }) => id);
    const { messages, more } = await this.lists.findByIds(owner, ids, limit);
    const last = messages.at(-1);
    const end = range.by === 'sequence' ? (last?.sequence ?? Math.min(range.after, lastSequence)) : lastSequence;
    return { items: messages, next: more ? last : undefined, lastSequence: end };
  }

  /**
   * Lists the messages of all branches in the order of saving, each with its place in the tree.
   * @param after sequence, exclusive
   * @throws SessionNotFoundError
   */
  async tree(owner: Owner, sessionId: string, limit: number, after: number): Promise<TreePage> {
    const session = await this.sessions.get(owner, sessionId);
    const { messages, more } = await this.lists.findPage(owner, sessionId, limit, { by: 'sequence', after }, 'all');
    const last = messages.at(-1);
    const lastSequence = last?.sequence ?? Math.min(after, session.lastSequence);
    return { items: await this.withPlaces(owner, sessionId, messages), next: more ? last : undefined, lastSequence };
  }

  /** A message that was deleted meanwhile is left out. */
  private async withPlaces(owner: Owner, sessionId: string, messages: Message[]): Promise<TreeMessage[]> {
    const listed = new Map(messages.map((message) => [message.id, message]));
    const found: (Message & Omit<TreeMessage, 'siblingCount'>)[] = [];
    const children = new Map<number, number>();
    for await (const { message, parentId } of this.branches.withParents(owner, sessionId)) {
      children.set(parentId, (children.get(parentId) ?? 0) + 1);
      const { id, onBranch, revisionOf } = message;
      const content = listed.get(id);
      if (content) found.push({ ...content, parentId, onBranch, revisionOf });
    }
    return found.map((message) => ({ ...message, siblingCount: children.get(message.parentId) ?? 1 }));
  }
}

/** The messages of a path that a list with this range has, in its order. */
function inRange(path: BranchMessage[], range: MessageRange): BranchMessage[] {
  if (range.by === 'sequence') {
    return path.filter(({ sequence }) => sequence > range.after).sort((one, other) => one.sequence - other.sequence);
  }
  const { order, after } = range;
  const direction = order === 'asc' ? 1 : -1;
  const compare = (one: MessagePosition, other: MessagePosition) =>
    direction * (one.timestamp - other.timestamp || one.sequence - other.sequence);
  return path.filter((message) => !after || compare(message, after) > 0).sort(compare);
}
