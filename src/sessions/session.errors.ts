import { DomainError } from '../common/domain-error.js';

/** The session does not exist, or belongs to another owner; the response does not tell which. */
export class SessionNotFoundError extends DomainError {
  constructor() {
    super('not_found', 'session_not_found', 'There is no such session.');
  }
}

export class NoActiveSessionError extends DomainError {
  constructor() {
    super('not_found', 'no_active_session', 'No session is active.');
  }
}
