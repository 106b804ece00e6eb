import { DomainError } from '../common/domain-error.js';
import type { MessageStatus } from './message-rules.js';

/** A chunk does not follow what the message has, or another client has the lease. */
export class AppendConflictError extends DomainError {
  /** @param contentBytes what the message has, in bytes of UTF-8 */
  constructor(
    detail: string,
    override readonly contentBytes = 0,
  ) {
    super('conflict', 'append_conflict', detail);
  }

  static at(contentBytes: number): AppendConflictError {
    const detail = `The text has ${contentBytes} bytes, or another client writes it; nothing was changed.`;
    return new AppendConflictError(detail, contentBytes);
  }
}

/** The lease of a message cannot be taken from a client that still writes. */
export class LeaseHeldError extends DomainError {
  /** @param contentBytes what the message has, in bytes of UTF-8 */
  constructor(
    detail: string,
    override readonly contentBytes = 0,
  ) {
    super('conflict', 'lease_held', detail);
  }

  static at(contentBytes: number): LeaseHeldError {
    return new LeaseHeldError('Another client writes this message; nothing was changed.', contentBytes);
  }
}

/** The message has ended, or was never written in chunks. */
export class MessageEndedError extends DomainError {
  /** @param contentBytes what the message has, in bytes of UTF-8 */
  constructor(
    detail: string,
    override readonly contentBytes = 0,
  ) {
    super('conflict', 'message_ended', detail);
  }

  static at(status: MessageStatus, contentBytes: number): MessageEndedError {
    const detail = `The message has ended with the status ${status}; nothing was changed.`;
    return new MessageEndedError(detail, contentBytes);
  }
}
