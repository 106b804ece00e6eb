import type { Owner } from '../owners/owner.js';

/** Who a token speaks for. One implementation for each way to trust. */
export abstract class TokenVerifier {
  /** @throws Unauthenticated */
  abstract verify(token: string): Promise<Owner>;
}
