import { DomainError } from '../common/domain-error.js';

/** Nothing of the session was cleared, or it has been restored or purged. */
export class NothingInTrashError extends DomainError {
  constructor() {
    super('not_found', 'nothing_in_trash', 'The trash has no cleared messages of this session.');
  }
}
