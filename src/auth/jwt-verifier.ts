import { Inject, Injectable } from '@nestjs/common';
import { jwtVerify, type JWTVerifyOptions } from 'jose';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { readId, type Owner } from '../owners/owner.js';
import { Unauthenticated } from './auth.errors.js';
import { SIGNING_SECRET, type SigningSecret } from './signing-secret.js';
import { TokenVerifier } from './token-verifier.js';

const clockToleranceSeconds = 5;

/**
 * Tokens of RFC 7519, signed with HS256. `sub` is the user and `activity` the activity, each a number or a decimal
 * string from 1 to 4294967295; `exp` is required.
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

  override async verify(token: string): Promise<Owner> {
    const claims = await jwtVerify(token, this.secret.bytes, this.#options).then(
      ({ payload }) => payload,
      () => {
        throw new Unauthenticated();
      },
    );
    const [userId, activityId] = [readId(claims.sub), readId(claims.activity)];
    if (userId === undefined || activityId === undefined) throw new Unauthenticated();
    return { userId, activityId };
  }
}
