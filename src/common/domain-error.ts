import type { Dependency, DependencyCheck } from './readiness.js';

/** Transport-independent kind of an error; each interface maps it to its own status. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'precondition_failed'
  | 'too_large'
  | 'too_many'
  | 'unavailable';

/** One invalid field of a request. */
export interface FieldProblem {
  in: 'body' | 'query' | 'header';
  /** JSON pointer (RFC 6901) to the field, or the name of the header after a slash; empty for the whole body. */
  pointer: string;
  detail: string;
}

export const quotaNames = ['bytes', 'sessions', 'messages'] as const;

/** A limit of what an owner may store. */
export interface ReachedQuota {
  name: (typeof quotaNames)[number];
  /** In bytes, or as a number of sessions or messages. */
  limit: number;
}

/**
 * An error that is reported to the caller. `code` is stable and documented in docs/errors.md; `message` is for people and
 * must not contain user data.
 */
export class DomainError extends Error {
  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** What the log says about the error besides its code; never sent to the caller. Texts of a fixed set, or harmless. */
  get logDetails(): Record<string, string | undefined> {
    return {};
  }

  /** The quota that stands against the request. */
  get quota(): ReachedQuota | undefined {
    return undefined;
  }

  /** The fields of the request that are the reason. */
  readonly problems?: FieldProblem[];

  /** The bytes of the text of a message that is written in chunks, as it is. */
  readonly contentBytes?: number;

  /** What a server that is not ready lacks, and all its checks for callers who may see them. */
  readonly readiness?: { missing: Dependency[]; checks?: DependencyCheck[] };

  /** Suggested `Retry-After` in seconds; undefined if retrying does not help. */
  get retryAfterSeconds(): number | undefined {
    return this.kind === 'unavailable' ? 1 : undefined;
  }
}

/** Invalid input, with every invalid field. */
export class ValidationFailedError extends DomainError {
  constructor(
    override readonly problems: FieldProblem[],
    options?: ErrorOptions,
  ) {
    super('invalid', 'validation_failed', 'Some fields are wrong; nothing was changed.', options);
  }
}
