import { DomainError } from '../common/domain-error.js';

/** The original's words. */
export class MissingParameterError extends DomainError {
  constructor(name: string) {
    super('invalid', 'missing_parameter', `A required parameter (${name}) was missing`);
  }
}

export class InvalidParameterError extends DomainError {
  constructor(name: string, problem: string) {
    super('invalid', 'invalid_parameter', `Invalid parameter (${name}): it ${problem}`);
  }
}

/** The original's words. */
export class InvalidRoleError extends DomainError {
  constructor(role: string) {
    super('invalid', 'invalid_role', `Invalid role: ${role.slice(0, 40)}`);
  }
}

/** Neither ours nor, where there is nobody to pass it on to, anybody's. The original's words. */
export class InvalidActionError extends DomainError {
  constructor() {
    super('invalid', 'invalid_action', 'Invalid action');
  }
}
