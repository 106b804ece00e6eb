import { DomainError } from '../common/domain-error.js';

/** With the original endpoint's message. */
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

/** With the original endpoint's message. */
export class InvalidRoleError extends DomainError {
  constructor(role: string) {
    super('invalid', 'invalid_role', `Invalid role: ${role.slice(0, 40)}`);
  }
}

/** An unknown action while no upstream is configured. With the original endpoint's message. */
export class InvalidActionError extends DomainError {
  constructor() {
    super('invalid', 'invalid_action', 'Invalid action');
  }
}
