import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { jwtVerify, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import { LRUCache } from 'lru-cache';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { parseId } from '../owners/owner.js';
import { AuthenticationUnavailableError, UnauthenticatedError } from './auth.errors.js';
import { SIGNING_SECRET, type SigningSecret } from './signing-secret.js';
import { createTokenKeys, type TokenKeys } from './token-keys.js';
import { TokenVerifier, type Identity } from './credential-verifier.js';

const clockToleranceSeconds = 5;
/** Other tokens of the same key, like those that end a login, are none of ours (RFC 8725 section 3.11). */
const acceptedTypes = ['jwt', 'application/jwt', 'at+jwt', 'application/at+jwt'];
/** How many tokens are remembered, and for how long at most: so long one goes on whose key was withdrawn. */
const maxCachedTokens = 10_000;
const maxCacheMs = 5 * 60_000;

/**
 * Tokens of RFC 7519. `sub` is the user and `activity` the activity, each a number or a decimal string from 1 to
 * 4294967295, and so is `cmid` when it is there; `exp` is required. One that was verified is remembered, by its hash.
 */
@Injectable()
export class JwtVerifier extends TokenVerifier {
  readonly #keys: TokenKeys;
  readonly #options: JWTVerifyOptions;
  readonly #maxAgeSeconds: number;
  readonly #verified = new LRUCache<string, Identity>({ max: maxCachedTokens });

  constructor(@Inject(SIGNING_SECRET) secret: SigningSecret | undefined, @Inject(CONFIG) { jwt }: Config) {
    super();
    this.#keys = createTokenKeys(jwt.keys, secret);
    this.#maxAgeSeconds = jwt.maxAgeSeconds === 0 ? Number.MAX_SAFE_INTEGER : jwt.maxAgeSeconds;
    this.#options = {
      algorithms: this.#keys.algorithms,
      requiredClaims: ['exp'],
      clockTolerance: clockToleranceSeconds,
      ...(jwt.issuer !== undefined && { issuer: jwt.issuer }),
      ...(jwt.audience !== undefined && { audience: jwt.audience }),
    };
  }

  override async verify(token: string): Promise<Identity> {
    const hash = createHash('sha256').update(token).digest('base64');
    const known = this.#verified.get(hash);
    if (known) return known;
    const claims = await this.verifyClaims(token);
    const identity = toIdentity(claims);
    const goodMs = this.expirySeconds(claims) * 1000 - Date.now();
    this.#verified.set(hash, identity, { ttl: Math.max(1, Math.min(goodMs, maxCacheMs)) });
    return identity;
  }

  private async verifyClaims(token: string): Promise<JWTPayload> {
    try {
      // All three kinds of key are allowed there; the types have a signature for each, and none for all.
      const { payload, protectedHeader } = await jwtVerify(token, this.#keys.key as JWTVerifyGetKey, this.#options);
      if (protectedHeader.typ !== undefined && !acceptedTypes.includes(protectedHeader.typ.toLowerCase())) {
        throw new UnauthenticatedError();
      }
      return payload;
    } catch (error) {
      throw error instanceof AuthenticationUnavailableError ? error : new UnauthenticatedError();
    }
  }

  /**
   * Until when a token is taken, in seconds since 1970: its end, or its greatest age where that comes sooner.
   * @throws Unauthenticated when that is over, and for one that was issued in the future
   */
  private expirySeconds({ exp = 0, iat = exp - this.#maxAgeSeconds }: JWTPayload): number {
    const now = Date.now() / 1000;
    const last = Math.min(exp, iat + this.#maxAgeSeconds) + clockToleranceSeconds;
    if (iat > now + clockToleranceSeconds || last <= now) throw new UnauthenticatedError();
    return last;
  }
}

function toIdentity(claims: JWTPayload): Identity {
  const [userId, activityId, cmid] = [parseId(claims.sub), parseId(claims.activity), parseId(claims.cmid)];
  if (userId === undefined || activityId === undefined) throw new UnauthenticatedError();
  if (claims.cmid !== undefined && cmid === undefined) throw new UnauthenticatedError();
  return { owner: { userId, activityId }, cmid };
}
