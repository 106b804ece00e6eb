import { DomainError } from '../common/domain-error.js';

/** The database undid the work for others' sake, again and again. Nothing was changed. */
export class DatabaseBusyError extends DomainError {
  constructor(cause?: unknown) {
    super('unavailable', 'database_busy', 'Too many others change the same data; try again. Nothing was changed.', {
      cause,
    });
  }
}

/** There is no database to talk to at the moment. */
export class DatabaseUnavailableError extends DomainError {
  constructor(cause?: unknown) {
    super('unavailable', 'database_unavailable', 'The database cannot be used at the moment; try again.', { cause });
  }
}

/** The connection broke while the database was committing: the work is done wholly or not at all, and nobody knows which. */
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
