import { DomainError, type FieldProblem } from '../common/domain-error.js';
import type { Message } from './message.js';

/** The message does not exist in this session, or belongs to another owner. */
export class MessageNotFoundError extends DomainError {
  constructor() {
    super('not_found', 'message_not_found', 'There is no such message.');
  }
}

/** The message is still written. */
export class MessageInProgressError extends DomainError {
  constructor() {
    super('conflict', 'message_in_progress', 'The message is still written; end it first. Nothing was changed.');
  }
}

/** Other messages follow from the message. */
export class HasRepliesError extends DomainError {
  constructor() {
    super('conflict', 'has_replies', 'Other messages follow from it; delete them too with ?replies=true.');
  }
}

/** The message follows from one that is in the trash, or purged. */
export class ParentInTrashError extends DomainError {
  constructor() {
    super('conflict', 'parent_in_trash', 'It follows from a message that is deleted; restore that one first.');
  }
}

/** The client has used this client message id for another message, which is unchanged. */
export class ClientMessageIdConflictError extends DomainError {
  /** @param problems the place of the message among several */
  constructor(override readonly problems?: FieldProblem[]) {
    super(
      'conflict',
      'client_message_id_conflict',
      'A message with this clientMessageId and another session, role, content, payload, metadata, status or timestamp was saved before; it is unchanged.',
    );
  }
}

/** The same message was saved before, and is in the trash with its client message id. */
export class MessageInTrashError extends DomainError {
  /** @param problems the place of the message among several */
  constructor(override readonly problems?: FieldProblem[]) {
    super(
      'not_found',
      'message_in_trash',
      'This message was saved before and is in the trash. Restore it, or send it with another clientMessageId.',
    );
  }
}

/** The unique key on client message ids has refused the row. MessagesService handles it; it never reaches a client. */
export class DuplicateClientMessageIdError extends Error {}

/** The same message was saved shortly before. MessagesService handles it; it never reaches a client. */
export class RepeatedMessageError extends Error {
  constructor(readonly first: Message) {
    super('the same message was saved shortly before');
  }
}
