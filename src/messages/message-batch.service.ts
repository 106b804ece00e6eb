import { Injectable } from '@nestjs/common';
import { ValidationFailedError } from '../common/domain-error.js';
import { EventCounts } from '../common/event-counts.js';
import { DatabaseBusyError, OutcomeUnknownError } from '../database/database.errors.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import { IdempotentSaver } from './idempotent-saver.js';
import { MessageAppender } from './message-appender.js';
import { ClientMessageIdConflictError, DuplicateClientMessageIdError, MessageInTrashError } from './message.errors.js';
import type { NewMessage, SaveResult } from './message.js';

/** Attempts when another request saves one of the messages meanwhile, or the outcome is unknown. */
const maxAttempts = 3;

/** Saves several messages at once. */
@Injectable()
export class MessageBatchService {
  constructor(
    private readonly saver: IdempotentSaver,
    private readonly appender: MessageAppender,
    private readonly transactions: TransactionRunner,
    private readonly events: EventCounts,
  ) {}

  /**
   * Saves all messages in their order, or none. A message that was saved before by its client message id is not saved
   * again.
   * @returns the messages, in the order of the request
   * @throws SessionNotFoundError, QuotaExceededError, TooManyRequestsError
   * @throws ValidationFailedError when a parent is no message of the session
   * @throws ClientMessageIdConflictError, MessageInTrashError with the place of the message
   * @throws OutcomeUnknownError when the connection was lost during COMMIT, unless all have client message ids
   */
  async save(owner: Owner, sessionId: string, messages: NewMessage[]): Promise<SaveResult[]> {
    const isRepeatable = messages.every(({ clientMessageId }) => clientMessageId !== undefined);
    for (let attempt = 1; ; attempt++) {
      try {
        const results = await this.transactions.run(() => this.saveAll(owner, sessionId, messages), sessionId);
        for (const { replayed } of results) this.events.saves.change(replayed ? 'replayed' : 'saved', 1);
        return results;
      } catch (error) {
        const isDuplicate = error instanceof DuplicateClientMessageIdError;
        const mayRepeat = isDuplicate || (isRepeatable && error instanceof OutcomeUnknownError);
        if (!mayRepeat) throw error;
        if (attempt === maxAttempts) throw isDuplicate ? new DatabaseBusyError(error) : error;
      }
    }
  }

  private async saveAll(owner: Owner, sessionId: string, messages: NewMessage[]): Promise<SaveResult[]> {
    const results: SaveResult[] = [];
    for (const [index, message] of messages.entries()) {
      try {
        const replayed = await this.saver.replayFirst(owner, message, sessionId);
        results.push(replayed ?? { ...(await this.appender.append(owner, sessionId, message)), replayed: false });
      } catch (error) {
        throw errorAt(index, error);
      }
    }
    return results;
  }
}

/** The error with the place of the message. */
function errorAt(index: number, error: unknown): unknown {
  const place = `/messages/${index}`;
  const problem = (detail: string) => [{ in: 'body' as const, pointer: `${place}/clientMessageId`, detail }];
  if (error instanceof ClientMessageIdConflictError) {
    return new ClientMessageIdConflictError(problem('another message with it was saved before'));
  }
  if (error instanceof MessageInTrashError) return new MessageInTrashError(problem('its message is in the trash'));
  if (!(error instanceof ValidationFailedError)) return error;
  return new ValidationFailedError(error.problems.map((one) => ({ ...one, pointer: `${place}${one.pointer}` })));
}
