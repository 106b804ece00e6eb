import { DomainError } from '../common/domain-error.js';

/** The session does not exist, or belongs to another owner; the response does not tell which. */
export class SessionNotFoundError extends DomainError {
  constructor() {
    super('not_found', 'session_not_found', 'There is no such session.');
  }
}

/** A message was sent for the active session, and another one or none is active. */
export class SessionNotActiveError extends DomainError {
  constructor(detail: string) {
    super('conflict', 'session_not_active', detail);
  }

  /** @param activeId the session that is active; undefined for none */
  static of(activeId: string | undefined): SessionNotActiveError {
    const active = activeId === undefined ? 'No session is active' : `The active session is "${activeId}"`;
    return new SessionNotActiveError(`${active}; nothing was saved.`);
  }
}

export class NoActiveSessionError extends DomainError {
  constructor() {
    super('not_found', 'no_active_session', 'No session is active.');
  }
}

/** The session has another version than the request says: someone has changed it since. */
export class VersionConflictError extends DomainError {
  constructor() {
    super(
      'precondition_failed',
      'version_conflict',
      'The session has another version than If-Match names: read it again. Nothing was changed.',
    );
  }
}
