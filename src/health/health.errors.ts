import { DomainError } from '../common/domain-error.js';
import type { DependencyCheck, Dependency } from '../common/readiness.js';

/** The server cannot serve requests now. */
export class NotReadyError extends DomainError {
  /** @param readiness what it lacks, and all checks for callers who may see them */
  constructor(
    reason: string,
    override readonly readiness: { missing: Dependency[]; checks?: DependencyCheck[] },
  ) {
    super('unavailable', 'not_ready', reason);
  }
}
