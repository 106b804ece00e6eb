import { DomainError } from '../common/domain-error.js';

/** There is no such message in this session, or it is not this owner's. */
export class MessageNotFoundError extends DomainError {
  constructor() {
    super('not_found', 'message_not_found', 'There is no such message.');
  }
}

/** The client has given this name to another message; that one is untouched. */
export class ClientMessageIdConflictError extends DomainError {
  constructor() {
    super(
      'conflict',
      'client_message_id_conflict',
      'A message with this clientMessageId and another session, role, content or timestamp was saved before; it is unchanged.',
    );
  }
}

/** The unique key of the owner's client message ids has refused the row. Handled by whoever named the message. */
export class DuplicateClientMessageIdError extends Error {}
