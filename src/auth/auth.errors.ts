import { DomainError } from '../common/domain-error.js';

/** The credential is missing or invalid. There is one error for all reasons, so that attackers learn nothing. */
export class UnauthenticatedError extends DomainError {
  constructor() {
    super('unauthenticated', 'unauthenticated', 'A valid token is required: Authorization: Bearer <token>.');
  }
}

/** The identity provider (Moodle or the key set) cannot be reached or is overloaded; the caller is rejected. */
export class AuthenticationUnavailableError extends DomainError {
  constructor(cause?: unknown) {
    super('unavailable', 'authentication_unavailable', 'The caller cannot be authenticated at the moment; try again.', {
      cause,
    });
  }
}

/** The course module does not exist or the caller has no access to it; both get the same response. */
export class CourseModuleMismatchError extends DomainError {
  constructor() {
    super('forbidden', 'cmid_mismatch', 'There is no such course module for this caller.');
  }
}

/** A rate limit is exceeded. */
export class TooManyRequestsError extends DomainError {
  /** @param seconds until the limit is reset; at least 1 */
  constructor(private readonly seconds: number) {
    super('too_many', 'too_many_requests', 'Too many requests; the header Retry-After says how many seconds to wait.');
  }

  override get retryAfterSeconds(): number {
    return this.seconds;
  }
}
