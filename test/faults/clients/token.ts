import { testSecret } from '../../support/process/server.js';
import { claims, signed } from '../../support/rest/tokens.js';

/** A token for the owner: the user with this id, in activity 1. */
export function signToken(owner: number): string {
  return signed(claims({ sub: String(owner), exp: Math.floor(Date.now() / 1000) + 86_400 }), { secret: testSecret });
}
