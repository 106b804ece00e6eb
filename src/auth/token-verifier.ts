import type { Owner } from '../owners/owner.js';

/** What a credential says of its bearer. */
export interface Identity {
  owner: Owner;
  /** The course module that the credential is for; undefined when it does not say. */
  cmid: number | undefined;
}

/** Who a token speaks for. One implementation for each way to trust. */
export abstract class TokenVerifier {
  /** @throws Unauthenticated */
  abstract verify(token: string): Promise<Identity>;
}
