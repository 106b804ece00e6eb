import { DomainError } from '../common/domain-error.js';

/** Whatever is wrong with a credential, or its absence: one answer, which tells an attacker nothing. */
export class UnauthenticatedError extends DomainError {
  constructor() {
    super('unauthenticated', 'unauthenticated', 'A valid token is needed: Authorization: Bearer <token>.');
  }
}

/** Who is to say whether a credential holds cannot be asked now. Nobody is let in meanwhile whom it has not vouched for. */
export class AuthenticationUnavailableError extends DomainError {
  constructor(cause?: unknown) {
    super('unavailable', 'authentication_unavailable', 'Who is calling cannot be checked at the moment; try again.', {
      cause,
    });
  }
}

/** Said of a course module that is not there as well as of one that the caller may not enter. */
export class CourseModuleMismatchError extends DomainError {
  constructor() {
    super('forbidden', 'cmid_mismatch', 'There is no such course module for this caller.');
  }
}

export class TooManyRequestsError extends DomainError {
  /** @param seconds until the next one is answered; at least 1 */
  constructor(private readonly seconds: number) {
    super('too_many', 'too_many_requests', 'Too many requests; the header Retry-After says how many seconds to wait.');
  }

  override get retryAfterSeconds(): number {
    return this.seconds;
  }
}
