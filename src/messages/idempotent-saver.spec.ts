import { EventCounts } from '../common/event-counts.js';
import { DatabaseBusyError, OutcomeUnknownError } from '../database/database.errors.js';
import type { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import { IdempotentSaver } from './idempotent-saver.js';
import { DuplicateClientMessageIdError, MessageInTrashError } from './message.errors.js';
import type { MessageStreamsService } from './message-streams.service.js';
import type { Message, NewMessage, StoredMessage } from './message.js';
import type { MessagesRepository } from './messages.repository.js';

const owner = { userId: 1, activityId: 1 };
const sent: NewMessage = { role: 'user', content: 'x', timestamp: 5, clientMessageId: 'a' };
const none = { format: null, payload: null, metadata: null, requestSha256: null, status: 'complete' };
const first = { ...sent, ...none, sessionId: 's', id: 7, createdAt: 9 } as unknown as StoredMessage;

/** A saver whose attempts end in these errors, one after the other, and which looks for the first message like this. */
function saverWith(errors: Error[], repository: Partial<MessagesRepository>): IdempotentSaver {
  const run = () => Promise.reject(errors.shift() ?? new Error('too many attempts'));
  return new IdempotentSaver(
    repository as MessagesRepository,
    { withStream: (_owner: Owner, message: Message) => Promise.resolve({ message }) } as MessageStreamsService,
    { run } as unknown as TransactionRunner,
    new EventCounts(),
  );
}

describe('IdempotentSaver', () => {
  const repository = {
    findByClientMessageId: () => Promise.resolve(first),
    hasClientTimestamp: () => Promise.resolve(true),
    isInTrash: () => Promise.resolve(false),
  };
  const busy = () => Promise.reject(new DatabaseBusyError());
  const save = (saver: IdempotentSaver, message = sent) =>
    saver.save(owner, message, 's', () => Promise.reject(new Error('not called')));

  it('finds the message of an attempt whose outcome was unknown', async () => {
    const saver = saverWith([new OutcomeUnknownError(), new DuplicateClientMessageIdError()], repository);
    expect(await save(saver)).toEqual({ message: first, replayed: true });
  });

  it.each([
    ['the first message cannot be read', sent, { findByClientMessageId: busy }],
    ['whether it is in the trash cannot be read', sent, { isInTrash: busy }],
    ['its timestamp cannot be examined', { ...sent, timestamp: 6 }, { hasClientTimestamp: busy }],
  ])('does not say that nothing was changed after an unknown outcome, when %s', async (_case, message, failing) => {
    const errors = [new OutcomeUnknownError(), new DuplicateClientMessageIdError()];
    await expect(save(saverWith(errors, { ...repository, ...failing }), message)).rejects.toThrow(OutcomeUnknownError);
  });

  it('says that the first message is in the trash, also after an unknown outcome', async () => {
    const errors = [new OutcomeUnknownError(), new DuplicateClientMessageIdError()];
    const saver = saverWith(errors, { ...repository, isInTrash: () => Promise.resolve(true) });
    await expect(save(saver)).rejects.toThrow(MessageInTrashError);
  });

  it('says so when this request has committed nothing', async () => {
    const saver = saverWith([new DuplicateClientMessageIdError()], { ...repository, findByClientMessageId: busy });
    await expect(save(saver)).rejects.toThrow(DatabaseBusyError);
  });
});
