import { EventCounts } from '../common/event-counts.js';
import { DatabaseBusyError, OutcomeUnknownError } from '../database/database.errors.js';
import type { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import { IdempotentSaver } from './idempotent-saver.js';
import { SessionNotFoundError } from '../sessions/session.errors.js';
import {
  ClientMessageIdConflictError,
  DuplicateClientMessageIdError,
  MessageInTrashError,
  RepeatedMessageError,
} from './message.errors.js';
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

  describe('when the first message is gone again', () => {
    const gone = { ...repository, findByClientMessageId: () => Promise.resolve(undefined) };
    const duplicates = () => [1, 2, 3].map(() => new DuplicateClientMessageIdError());

    it('tries three times', async () => {
      await expect(save(saverWith(duplicates(), gone))).rejects.toThrow(DatabaseBusyError);
    });

    it('tells that the outcome of an earlier attempt is unknown', async () => {
      const errors = [new OutcomeUnknownError(), ...duplicates()];
      await expect(save(saverWith(errors, gone))).rejects.toThrow(OutcomeUnknownError);
    });
  });

  it('returns a message without a client message id that was found while saving', async () => {
    const repeated = saverWith([new RepeatedMessageError(first)], repository);
    const { clientMessageId: _, ...unnamed } = sent;
    expect(await save(repeated, unnamed)).toEqual({ message: first, replayed: true });
  });

  it.each<[string, string, NewMessage, new () => Error]>([
    ['this session, in the trash', 's', sent, MessageInTrashError],
    ['another session', 'other', sent, SessionNotFoundError],
    ['this session, but another', 's', { ...sent, content: 'y' }, ClientMessageIdConflictError],
  ])('looks for the message of a session that is not found: one of %s', async (_, sessionId, message, expected) => {
    const stored = { ...first, sessionId };
    const saver = saverWith([new SessionNotFoundError()], {
      ...repository,
      findByClientMessageId: () => Promise.resolve(stored),
      isInTrash: () => Promise.resolve(true),
    });
    await expect(save(saver, message)).rejects.toThrow(expected);
  });

  it('does not look for a message without a client message id', async () => {
    const { clientMessageId: _, ...unnamed } = sent;
    const saver = saverWith([new SessionNotFoundError()], repository);
    const saving = saver.save(owner, unnamed, 's', () => Promise.reject(new Error('not called')), true);
    await expect(saving).rejects.toThrow(SessionNotFoundError);
  });

  it.each([
    ['its time was earlier than that of its parent, which it was given', 3, 8, 5, true],
    ['its time was later', 6, 8, 5, false],
    ['its parent has another time', 3, 8, 4, false],
    ['it has no parent', 3, undefined, 5, false],
  ])('knows a message again: %s', async (_, timestamp, parentId, parentTime, isSame) => {
    const saver = saverWith([new DuplicateClientMessageIdError()], {
      ...repository,
      findByClientMessageId: () => Promise.resolve({ ...first, parentId: 8 }),
      findTimestamp: () => Promise.resolve(parentTime),
    });
    const outcome = await save(saver, { ...sent, timestamp, parentId }).then(
      ({ replayed }) => replayed,
      (error: unknown) => !(error instanceof ClientMessageIdConflictError),
    );
    expect(outcome).toBe(isSame);
  });

  it('says so when this request has committed nothing', async () => {
    const saver = saverWith([new DuplicateClientMessageIdError()], { ...repository, findByClientMessageId: busy });
    await expect(save(saver)).rejects.toThrow(DatabaseBusyError);
  });
});
