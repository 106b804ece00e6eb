import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { jwtVerify, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import { LRUCache } from 'lru-cache';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { parseId } from '../owners/owner.js';
import { AuthenticationUnavailableError, UnauthenticatedError } from './auth.errors.js';
import { SIGNING_SECRET, type SigningSecret } from './signing-secret.js';
import { sampleClaim } from './token-issuer.js';
import { createTokenKeys, type TokenKeys } from './token-keys.js';
import { TokenVerifier, type Identity } from './credential-verifier.js';

const clockToleranceSeconds = 5;
/** Accepted `typ` values: other tokens of the same key, like logout tokens, must be rejected (RFC 8725 section 3.11). */
const acceptedTypes = ['jwt', 'application/jwt', 'at+jwt', 'application/at+jwt'];
/** Size and TTL of the cache. A token of a revoked key stays valid for at most the TTL. */
const maxCachedTokens = 10_000;
const maxCacheMs = 5 * 60_000;

/**
 * Verifies JSON Web Tokens (RFC 7519). The claims `sub` (user id) and `activity` (activity id) are required and `cmid` is
 * optional; each is an integer or a decimal string from 1 to 4294967295. `exp` is required. Valid tokens are cached by
 * their SHA-256 hash.
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
    const cached = this.#verified.get(hash);
    if (cached) return cached;
    const claims = await this.verifyClaims(token);
    const identity = toIdentity(claims);
    const remainingMs = this.expirySeconds(claims) * 1000 - Date.now();
    this.#verified.set(hash, identity, { ttl: Math.max(1, Math.min(remainingMs, maxCacheMs)) });
    return identity;
  }

  private async verifyClaims(token: string): Promise<JWTPayload> {
    try {
      // jose accepts all three kinds of key, but its types have no overload for their union.
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
   * The time until which a token is accepted, in seconds since 1970: `exp` or the maximum age, whichever comes first, plus
   * the clock tolerance.
   * @throws UnauthenticatedError if that time is over, or if the token was issued in the future
   */
  private expirySeconds({ exp = 0, iat = exp - this.#maxAgeSeconds }: JWTPayload): number {
    const now = Date.now() / 1000;
    const expiry = Math.min(exp, iat + this.#maxAgeSeconds) + clockToleranceSeconds;
    if (iat > now + clockToleranceSeconds || expiry <= now) throw new UnauthenticatedError();
    return expiry;
  }
}

function toIdentity(claims: JWTPayload): Identity {
  const [userId, activityId, cmid] = [parseId(claims.sub), parseId(claims.activity), parseId(claims.cmid)];
  if (userId === undefined || activityId === undefined) throw new UnauthenticatedError();
  if (claims.cmid !== undefined && cmid === undefined) throw new UnauthenticatedError();
  return { owner: { userId, activityId }, cmid, ...(claims[sampleClaim] === true && { isSample: true }) };
}
