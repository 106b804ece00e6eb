import { DomainError, ValidationFailedError } from '../common/domain-error.js';
import { isConnectionLimit } from './transactions/driver-errors.js';

/** The transaction was rolled back by lock conflicts on every attempt. Nothing was changed. */
export class DatabaseBusyError extends DomainError {
  constructor(cause?: unknown) {
    super('unavailable', 'database_busy', 'Too many others change the same data; try again. Nothing was changed.', {
      cause,
    });
  }
}

/** The database cannot be reached, or cannot execute statements at the moment. */
export class DatabaseUnavailableError extends DomainError {
  constructor(cause?: unknown) {
    super('unavailable', 'database_unavailable', 'The database cannot be used at the moment; try again.', { cause });
  }

  /** Names the variable if the server refuses more connections than it allows, in all or for the account. */
  override get logDetails(): Record<string, string | undefined> {
    return isConnectionLimit(this.cause) ? { variable: 'DATABASE_POOL_SIZE' } : {};
  }
}

/** The connection was lost during COMMIT: the transaction was committed or rolled back, and it is unknown which. */
export class OutcomeUnknownError extends DomainError {
  constructor(cause?: unknown) {
    super(
      'unavailable',
      'outcome_unknown',
      'The connection to the database broke at the last moment: look whether it was done before you repeat it.',
      { cause },
    );
  }
}

/** The error of a request that has committed and could not read afterwards what it has changed. */
export function errorAfterCommit(error: unknown): unknown {
  return error instanceof DomainError && error.kind === 'unavailable' ? new OutcomeUnknownError(error) : error;
}

/** What is read after a commit, to answer what it has changed. @throws OutcomeUnknownError when it cannot be read */
export function afterCommit<Result>(reading: Promise<Result>): Promise<Result> {
  return reading.catch((error: unknown) => {
    throw errorAfterCommit(error);
  });
}

/** A statement with a large text exceeds a limit of the database server. A retry fails in the same way. */
export class StatementTooLargeError extends DomainError {
  /** @param maxBytes the server's max_allowed_packet; undefined when another limit was exceeded, or it is unknown */
  constructor(maxBytes: number | undefined, cause: unknown) {
    const limit =
      typeof maxBytes === 'number' ? ` The database accepts at most ${maxBytes} bytes (max_allowed_packet).` : '';
    super('too_large', 'body_too_large', `The body is too large.${limit}`, {
      cause,
    });
  }
}

/** The database cannot store a value that passed the validation. A retry fails in the same way. */
export class ValueRejectedError extends ValidationFailedError {
  constructor(cause: unknown) {
    super([{ in: 'body', pointer: '', detail: 'The database cannot store a value of this request.' }], { cause });
  }
}
