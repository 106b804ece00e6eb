import { Injectable } from '@nestjs/common';
import { TooManyRequestsError } from '../auth/auth.errors.js';
import { ValidationFailedError } from '../common/domain-error.js';
import { EventCounts } from '../common/event-counts.js';
import { OutcomeUnknownError, DatabaseBusyError } from '../database/database.errors.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import { QuotaExceededError } from '../quotas/quota.errors.js';
import { SessionNotActiveError, SessionNotFoundError } from '../sessions/session.errors.js';
import {
  ClientMessageIdConflictError,
  DuplicateClientMessageIdError,
  MessageInTrashError,
  RepeatedMessageError,
} from './message.errors.js';
import { isSameMessage } from './message-identity.js';
import { MessageStreamsService } from './message-streams.service.js';
import type { NewMessage, SavedMessage, SaveResult, StoredMessage } from './message.js';
import { MessagesRepository } from './messages.repository.js';

/** Attempts to save a message that may be repeated when the outcome is unknown or the first message was deleted meanwhile. */
const maxAttempts = 3;

/** Saves a message at most once, however often it is sent. */
@Injectable()
export class IdempotentSaver {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly streams: MessageStreamsService,
    private readonly transactions: TransactionRunner,
    private readonly events: EventCounts,
  ) {}

  /**
   * The unique key of (owner, client message id) decides which request was first, or the search under the session's lock
   * that `append` makes. A later request rolls back its whole transaction, including the sequence and a new session, and
   * returns the message that the first has saved.
   * @param sessionId the session that the message must be in; undefined for any
   * @param append saves the message, in a transaction
   * @param isRepeatable whether another attempt would find a message that this one has saved
   * @throws ClientMessageIdConflictError, MessageInTrashError, OutcomeUnknownError, DatabaseBusyError, and the other errors of `append`
   */
  async save(
    owner: Owner,
    message: NewMessage,
    sessionId: string | undefined,
    append: () => Promise<SavedMessage>,
    isRepeatable = message.clientMessageId !== undefined,
  ): Promise<SaveResult> {
    const result = await this.saveOnce(owner, message, sessionId, append, isRepeatable);
    this.events.saves.change(result.replayed ? 'replayed' : 'saved', 1);
    return result;
  }

  private async saveOnce(
    owner: Owner,
    message: NewMessage,
    sessionId: string | undefined,
    append: () => Promise<SavedMessage>,
    isRepeatable: boolean,
  ): Promise<SaveResult> {
    let unknownOutcome: OutcomeUnknownError | undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        return { ...(await this.transactions.run(append, sessionId)), replayed: false };
      } catch (error) {
        if (error instanceof RepeatedMessageError) return { message: error.first, replayed: true };
        if (!isRepeatable) throw error;
        if (error instanceof SessionNotFoundError) await this.assertNotInTrash(owner, message, sessionId);
        const isDuplicate = error instanceof DuplicateClientMessageIdError;
        if (isDuplicate || mayBeSaved(error)) {
          const replayed = await this.replayFirst(owner, message, sessionId).catch((failure: unknown) => {
            // A conflict is with the message of another request, and one in the trash was saved before: this one has saved nothing.
            throw isAboutFirst(failure) ? failure : (unknownOutcome ?? failure);
          });
          if (replayed) return replayed;
        }
        if (error instanceof OutcomeUnknownError) unknownOutcome ??= error;
        // An earlier attempt may have been committed, so an error that says "nothing was changed" could be wrong.
        else if (!isDuplicate) throw unknownOutcome ?? error;
        if (attempt === maxAttempts) throw unknownOutcome ?? new DatabaseBusyError(error);
      }
    }
  }

  /** The message that was saved by the client message id; undefined if there is none. @throws as `replay` */
  async replayFirst(owner: Owner, message: NewMessage, sessionId: string | undefined): Promise<SaveResult | undefined> {
    const { clientMessageId } = message;
    if (clientMessageId === undefined) return undefined;
    const first = await this.messages.findByClientMessageId(owner, clientMessageId);
    return first && this.replay(owner, first, message, sessionId);
  }

  /** For a session that is not found. @throws as `replay`, when the message is in the trash with its session */
  private async assertNotInTrash(owner: Owner, message: NewMessage, sessionId: string | undefined): Promise<void> {
    const { clientMessageId } = message;
    const first = clientMessageId && (await this.messages.findByClientMessageId(owner, clientMessageId));
    if (first && first.sessionId === sessionId) await this.replay(owner, first, message, sessionId);
  }

  /** @throws ClientMessageIdConflictError, MessageInTrashError */
  private async replay(
    owner: Owner,
    first: StoredMessage,
    repeated: NewMessage,
    sessionId: string | undefined,
  ): Promise<SaveResult> {
    const isSame =
      (sessionId === undefined || sessionId === first.sessionId) &&
      isSameMessage(repeated, first) &&
      (await this.isSameTime(owner, first, repeated));
    if (!isSame) throw new ClientMessageIdConflictError();
    if (await this.messages.isInTrash(owner, first)) throw new MessageInTrashError();
    return { ...(await this.streams.withStream(owner, first)), replayed: true };
  }

  private async isSameTime(owner: Owner, first: StoredMessage, { timestamp, parentId }: NewMessage): Promise<boolean> {
    if (timestamp === undefined || timestamp === first.timestamp) return true;
    if (!(await this.messages.hasClientTimestamp(owner, first))) return true;
    if (parentId === undefined || timestamp > first.timestamp) return false;
    // A message with a parent is not placed before it.
    return (await this.messages.findTimestamp(owner, first.sessionId, parentId)) === first.timestamp;
  }
}

/** Whether the error is about the message that has the client message id. */
function isAboutFirst(error: unknown): boolean {
  return error instanceof ClientMessageIdConflictError || error instanceof MessageInTrashError;
}

/** Whether the message may have been saved before: the session was the active one, had the parent, or there was room, at that time. */
function mayBeSaved(error: unknown): boolean {
  const types = [SessionNotActiveError, ValidationFailedError, QuotaExceededError, TooManyRequestsError];
  return types.some((type) => error instanceof type);
}
