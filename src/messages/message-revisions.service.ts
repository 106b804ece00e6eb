import { Injectable } from '@nestjs/common';
import { BranchesService } from '../branches/branches.service.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { MessageAppender } from './message-appender.js';
import { MessageInProgressError } from './message.errors.js';
import { MessageReader } from './message-reader.js';
import type { BranchedMessage, Message, Revision } from './message.js';
import { MessagesRepository } from './messages.repository.js';

/** Other versions of messages. No message is overwritten. */
@Injectable()
export class MessageRevisionsService {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly reader: MessageReader,
    private readonly appender: MessageAppender,
    private readonly branches: BranchesService,
    private readonly sessions: SessionsService,
    private readonly transactions: TransactionRunner,
  ) {}

  /**
   * Saves another version of a message, next to it, and ends the current branch with it. A version that is the same as the
   * message, or as the one on the current branch that has replaced it, is not saved again.
   * @throws SessionNotFoundError, MessageNotFoundError, MessageInProgressError
   * @throws QuotaExceededError, TooManyRequestsError, OutcomeUnknownError
   */
  revise(
    owner: Owner,
    sessionId: string,
    messageId: string,
    revision: Revision,
  ): Promise<{ message: BranchedMessage; created: boolean }> {
    return this.transactions.run(async () => {
      await this.sessions.lock(owner, sessionId);
      const original = await this.reader.withText(owner, await this.reader.getRow(owner, sessionId, messageId));
      if (original.status === 'in_progress') throw new MessageInProgressError();
      const { id, role } = original;
      const parentId = await this.branches.parentOf(owner, sessionId, original);
      if (isSame(original, revision)) return { message: { ...original, parentId }, created: false };
      const current = await this.messages.findCurrentRevision(owner, original);
      if (current && isSame(current, revision)) return { message: { ...current, parentId }, created: false };
      const sent = { ...revision, role, parentId, revisionOf: id };
      const { message } = await this.appender.append(owner, sessionId, sent);
      return { message: { ...message, parentId, revisionOf: id }, created: true };
    }, sessionId);
  }
}

/** Metadata that are left out differ from nothing. */
function isSame(message: Message, { content, format, payload, metadata }: Revision): boolean {
  return (
    message.content === content &&
    message.format === (format ?? null) &&
    message.payload === (payload ?? null) &&
    (metadata === undefined || message.metadata === metadata)
  );
}
