import { DomainError } from '../common/domain-error.js';

/** The server cannot serve requests now. */
export class NotReadyError extends DomainError {
  constructor(reason: string) {
    super('unavailable', 'not_ready', reason);
  }
}
