import { Inject, Injectable } from '@nestjs/common';
import { jwtVerify, type JWTVerifyOptions } from 'jose';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { readId } from '../owners/owner.js';
import { Unauthenticated } from './auth.errors.js';
import { SIGNING_SECRET, type SigningSecret } from './signing-secret.js';
import { TokenVerifier, type Identity } from './token-verifier.js';

const clockToleranceSeconds = 5;

/**
 * Tokens of RFC 7519, signed with HS256. `sub` is the user and `activity` the activity, each a number or a decimal
 * string from 1 to 4294967295, and so is `cmid` when it is there; `exp` is required.
 */
@Injectable()
export class JwtVerifier extends TokenVerifier {
  readonly #options: JWTVerifyOptions;

  constructor(
    @Inject(SIGNING_SECRET) private readonly secret: SigningSecret,
    @Inject(CONFIG) { jwt }: Config,
  ) {
    super();
    this.#options = {
      algorithms: ['HS256'],
      requiredClaims: ['exp'],
      clockTolerance: clockToleranceSeconds,
      ...(jwt.issuer !== undefined && { issuer: jwt.issuer }),
      ...(jwt.audience !== undefined && { audience: jwt.audience }),
    };
  }

  override async verify(token: string): Promise<Identity> {
    const claims = await jwtVerify(token, this.secret.bytes, this.#options).then(
      ({ payload }) => payload,
      () => {
        throw new Unauthenticated();
      },
    );
    const [userId, activityId, cmid] = [readId(claims.sub), readId(claims.activity), readId(claims.cmid)];
    if (userId === undefined || activityId === undefined) throw new Unauthenticated();
    if (claims.cmid !== undefined && cmid === undefined) throw new Unauthenticated();
    return { owner: { userId, activityId }, cmid };
  }
}
