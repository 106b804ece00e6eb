import type { Owner } from '../owners/owner.js';

/** The result of verifying a credential. */
export interface Identity {
  owner: Owner;
  /** The course module to which the credential is limited; undefined if it is not limited. */
  cmid: number | undefined;
  /** True for a sample token, which may have been switched off since it was verified. */
  isSample?: true;
}

/** Verifies one kind of credential. */
export interface CredentialVerifier<Credential> {
  /** @throws UnauthenticatedError, AuthenticationUnavailableError, CourseModuleMismatchError */
  verify(credential: Credential): Promise<Identity>;
}

/** Verifies signed tokens. Also the injection token of the verifier. */
export abstract class TokenVerifier implements CredentialVerifier<string> {
  abstract verify(token: string): Promise<Identity>;

  /** The identity of a token that was verified not long ago; undefined for others. Verifies nothing. */
  abstract known(token: string): Identity | undefined;
}
