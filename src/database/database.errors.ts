import { DomainError } from '../common/domain-error.js';

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
