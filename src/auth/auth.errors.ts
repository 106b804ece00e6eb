import { DomainError } from '../common/domain-error.js';
import { UnreachableError } from '../common/unreachable-error.js';
import type { RejectionReason } from './rejection-reason.js';

/** The credential is missing or invalid. There is one error for all reasons, so that attackers learn nothing. */
export class UnauthenticatedError extends DomainError {
  /**
   * @param reason for the log
   * @param issuer the issuer that the token names, for the log
   */
  constructor(
    private readonly reason?: RejectionReason,
    private readonly issuer?: string,
  ) {
    super('unauthenticated', 'unauthenticated', 'A valid token is required: Authorization: Bearer <token>.');
  }

  override get logDetails() {
    return { reason: this.reason, issuer: this.issuer };
  }
}

/** The identity provider (Moodle or the key set) cannot be reached or is overloaded; the caller is rejected. */
export class AuthenticationUnavailableError extends DomainError {
  constructor(cause?: unknown) {
    super('unavailable', 'authentication_unavailable', 'The caller cannot be authenticated at the moment; try again.', {
      cause,
    });
  }

  override get logDetails(): Record<string, string | undefined> {
    const { cause } = this;
    return cause instanceof UnreachableError ? { variable: cause.variable, address: cause.address } : {};
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
  /**
   * @param seconds until the limit is reset; at least 1
   * @param variable the environment variable with the limit, for the log
   */
  constructor(
    private readonly seconds: number,
    private readonly variable?: string,
  ) {
    super('too_many', 'too_many_requests', 'Too many requests; the header Retry-After says how many seconds to wait.');
  }

  override get logDetails() {
    return { variable: this.variable };
  }

  override get retryAfterSeconds(): number {
    return this.seconds;
  }
}
