/** What a failure means, whichever interface tells it; each interface has its own words and numbers for it. */
export type ErrorKind =
  'invalid' | 'unauthenticated' | 'forbidden' | 'not_found' | 'conflict' | 'too_many' | 'unavailable';

/** One thing that is wrong with what the caller sent. */
export interface FieldProblem {
  in: 'body' | 'query';
  /** JSON pointer (RFC 6901) to the field; empty for the whole body. */
  pointer: string;
  detail: string;
}

/** A failure that a caller can understand. `code` is stable and documented in docs/errors.md; `message` is for people. */
export class DomainError extends Error {
  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** Seconds after which it may go better; undefined where that is not known. */
  get retryAfterSeconds(): number | undefined {
    return this.kind === 'unavailable' ? 1 : undefined;
  }
}

/** Bad input: every field that is wrong, at once. */
export class ValidationFailedError extends DomainError {
  constructor(readonly problems: FieldProblem[]) {
    super('invalid', 'validation_failed', 'Some fields are wrong; nothing was changed.');
  }
}
