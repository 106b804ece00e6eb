import type { Owner } from '../owners/owner.js';

/** What a credential says of its bearer. */
export interface Identity {
  owner: Owner;
  /** The course module that the credential is for; undefined when it does not say. */
  cmid: number | undefined;
}

/** Who a credential speaks for: one implementation for each way to trust. Whoever calls it sees the identity alone. */
export interface CredentialVerifier<Credential> {
  /** @throws Unauthenticated, AuthenticationUnavailable, and CourseModuleMismatch where the credential is for one */
  verify(credential: Credential): Promise<Identity>;
}

/** By a signed token. */
export abstract class TokenVerifier implements CredentialVerifier<string> {
  abstract verify(token: string): Promise<Identity>;
}
