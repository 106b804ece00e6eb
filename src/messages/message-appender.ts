import { Injectable } from '@nestjs/common';
import { rootParent } from '../branches/branch-rules.js';
import { BranchesService } from '../branches/branches.service.js';
import { ValidationFailedError } from '../common/domain-error.js';
import type { Owner } from '../owners/owner.js';
import { QuotasService } from '../quotas/quotas.service.js';
import { SessionSummariesService } from '../sessions/session-summaries.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { RepeatedMessageError } from './message.errors.js';
import { requestSha256 } from './message-identity.js';
import { storedBytes } from './message-size.js';
import { MessageStreamsService } from './message-streams.service.js';
import type { Message, NewMessage, SavedMessage } from './message.js';
import { MessagesRepository } from './messages.repository.js';

/** Adds a message to a session, at the end of its order of saving. */
@Injectable()
export class MessageAppender {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly streams: MessageStreamsService,
    private readonly branches: BranchesService,
    private readonly sessions: SessionsService,
    private readonly summaries: SessionSummariesService,
    private readonly quotas: QuotasService,
  ) {}

  /**
   * Inside a transaction.
   * @param windowMs how far back the same message without a client message id counts as this one; 0 for not at all
   * @throws RepeatedMessageError, QuotaExceededError, TooManyRequestsError
   */
  async append(owner: Owner, sessionId: string, message: NewMessage, windowMs = 0): Promise<SavedMessage> {
    const { role, content, timestamp, clientMessageId = null, status = 'complete' } = message;
    const { format = null, payload = null, metadata = null } = message;
    const { parentId, revisionOf = null } = message;
    const bytes = storedBytes(message);
    await this.quotas.refresh(owner);
    const counted = { role, content, timestamp, bytes };
    const { sequence, at } = await this.sessions.allocateSequence(owner, sessionId, counted);
    if (windowMs > 0 && timestamp !== undefined && clientMessageId === null) {
      // The session is locked: a request that was saving the same message meanwhile has committed or rolled back.
      const identity = { sessionId, role, content, timestamp };
      const first = await this.messages.findRepeated(owner, identity, at - windowMs);
      if (first) throw new RepeatedMessageError(first);
    }
    this.quotas.addMessage(owner, bytes);
    const parent = parentId === undefined ? undefined : await this.moveTo(owner, sessionId, parentId);
    const saved = await this.messages.insert(owner, {
      sessionId,
      role,
      content,
      timestamp: timestamp === undefined ? undefined : Math.max(timestamp, parent?.timestamp ?? 0),
      sequence,
      clientMessageId,
      format,
      payload,
      metadata,
      status,
      parentId,
      revisionOf,
      requestSha256: status === 'in_progress' ? requestSha256(message) : null,
      createdAt: at,
    });
    if (saved.timestamp !== (timestamp ?? at)) await this.summaries.setPreviewTime(owner, saved);
    return { message: saved, stream: status === 'in_progress' ? await this.streams.begin(owner, saved) : undefined };
  }

  /** Ends the current branch at the parent. @returns the parent, if there is one @throws ValidationFailedError */
  private async moveTo(owner: Owner, sessionId: string, parentId: number): Promise<Message | undefined> {
    const parent = parentId === rootParent ? undefined : await this.messages.findById(owner, sessionId, parentId);
    if (parentId !== rootParent && !parent) {
      throw new ValidationFailedError([{ in: 'body', pointer: '/parentId', detail: 'is no message of this session' }]);
    }
    if (await this.branches.moveTo(owner, sessionId, parent)) await this.summaries.noteMoved(owner, sessionId);
    return parent;
  }
}
