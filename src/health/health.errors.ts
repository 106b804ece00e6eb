import { DomainError } from '../common/domain-error.js';

export class NotReadyError extends DomainError {
  constructor(reason: string) {
    super('unavailable', 'not_ready', reason);
  }
}
