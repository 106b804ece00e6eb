import { Injectable } from '@nestjs/common';
import type { Owner } from '../owners/owner.js';
import { QuotasService } from '../quotas/quotas.service.js';
import { SessionSummariesService } from '../sessions/session-summaries.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { RepeatedMessageError } from './message.errors.js';
import { requestSha256 } from './message-identity.js';
import { storedBytes } from './message-size.js';
import { MessageStreamsService } from './message-streams.service.js';
import type { Message, NewMessage } from './message.js';
import { MessagesRepository } from './messages.repository.js';

/** Adds a message to a session, at the end of its order of saving. */
@Injectable()
export class MessageAppender {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly streams: MessageStreamsService,
    private readonly sessions: SessionsService,
    private readonly summaries: SessionSummariesService,
    private readonly quotas: QuotasService,
  ) {}

  /**
   * Inside a transaction.
   * @param windowMs how far back the same message without a client message id counts as this one; 0 for not at all
   * @throws RepeatedMessageError, QuotaExceededError, TooManyRequestsError
   */
  async append(owner: Owner, sessionId: string, message: NewMessage, windowMs = 0): Promise<Message> {
    const { role, content, timestamp, clientMessageId = null, status = 'complete' } = message;
    const { format = null, payload = null, metadata = null } = message;
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
    const saved = await this.messages.insert(owner, {
      sessionId,
      role,
      content,
      timestamp,
      sequence,
      clientMessageId,
      format,
      payload,
      metadata,
      status,
      requestSha256: status === 'in_progress' ? requestSha256(message) : null,
      createdAt: at,
    });
    if (saved.timestamp !== (timestamp ?? at)) await this.summaries.setPreviewTime(owner, saved);
    if (status === 'in_progress') await this.streams.begin(owner, saved);
    return saved;
  }
}
