import { DomainError } from '../common/domain-error.js';

/** Whatever is wrong with a credential, or its absence: one answer, which tells an attacker nothing. */
export class Unauthenticated extends DomainError {
  constructor() {
    super('unauthenticated', 'unauthenticated', 'A valid token is needed: Authorization: Bearer <token>.');
  }
}
