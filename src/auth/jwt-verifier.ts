import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions, JWTVerifyResult } from 'jose';
import { LRUCache } from 'lru-cache';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { parseId } from '../owners/owner.js';
import { AuthenticationUnavailableError, UnauthenticatedError } from './auth.errors.js';
import { issuerOf, rejectionReason, type RejectionReason } from './rejection-reason.js';
import { SIGNING_SECRET, type SigningSecret } from './signing-secret.js';
import { sampleClaim } from './token-issuer.js';
import { createTokenKeys, type TokenKeys } from './token-keys.js';
import { TokenVerifier, type Identity } from './credential-verifier.js';

/** Accepted `typ` values: other tokens of the same key, like logout tokens, must be rejected (RFC 8725 section 3.11). */
const acceptedTypes = ['jwt', 'application/jwt', 'at+jwt', 'application/at+jwt'];
/** Signatures that are verified for one token without a key id, in a set of many keys of one kind. */
const maxKeysTried = 16;
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
  readonly #clockToleranceSeconds: number;
  /** Reads the clock at every use: by default the library reads it once a millisecond. */
  readonly #verified = new LRUCache<string, Identity>({ max: maxCachedTokens, ttlResolution: 0 });

  constructor(@Inject(SIGNING_SECRET) secret: SigningSecret | undefined, @Inject(CONFIG) { jwt }: Config) {
    super();
    this.#keys = createTokenKeys(jwt.keys, secret);
    this.#maxAgeSeconds = jwt.maxAgeSeconds === 0 ? Number.MAX_SAFE_INTEGER : jwt.maxAgeSeconds;
    this.#clockToleranceSeconds = jwt.clockToleranceSeconds;
    this.#options = {
      algorithms: this.#keys.algorithms,
      requiredClaims: ['exp'],
      clockTolerance: jwt.clockToleranceSeconds,
      ...(jwt.issuer !== undefined && { issuer: jwt.issuer }),
      ...(jwt.audience !== undefined && { audience: jwt.audience }),
    };
  }

  override async verify(token: string): Promise<Identity> {
    const key = hashOf(token);
    const cached = this.#verified.get(key);
    if (cached) return cached;
    try {
      const claims = await this.verifyClaims(token);
      const identity = toIdentity(claims);
      const remainingMs = this.expirySeconds(claims) * 1000 - Date.now();
      this.#verified.set(key, identity, { ttl: Math.max(1, Math.min(remainingMs, maxCacheMs)) });
      return identity;
    } catch (error) {
      if (error instanceof AuthenticationUnavailableError) throw error;
      const reason = error instanceof TokenRejection ? error.reason : rejectionReason(error);
      throw new UnauthenticatedError(reason, issuerOf(token));
    }
  }

  override known(token: string): Identity | undefined {
    return this.#verified.get(hashOf(token));
  }

  /** @throws TokenRejection, an error of jose, AuthenticationUnavailableError */
  private async verifyClaims(token: string): Promise<JWTPayload> {
    const { payload, protectedHeader } = await this.verifySignature(token);
    if (protectedHeader.typ !== undefined && !acceptedTypes.includes(protectedHeader.typ.toLowerCase())) {
      throw new TokenRejection('another type of token');
    }
    return payload;
  }

  /** Tries the previous secret, and each key if several of a published set match, because the token has no key id. */
  private async verifySignature(token: string): Promise<JWTVerifyResult> {
    const { key, previousKey } = this.#keys;
    try {
      // jose accepts all three kinds of key, but its types have no overload for their union.
      return await jwtVerify(token, key as JWTVerifyGetKey, this.#options);
    } catch (error) {
      if (previousKey && error instanceof errors.JWSSignatureVerificationFailed)
        return jwtVerify(token, previousKey, this.#options);
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      let tried = 0;
      for await (const key of error) {
        if (tried++ === maxKeysTried) break;
        const result = await jwtVerify(token, key, this.#options).catch((failure: unknown) => {
          if (isClaimError(failure)) throw failure;
        });
        if (result) return result;
      }
      throw new TokenRejection('several keys match, none verifies');
    }
  }

  /**
   * The time until which a token is accepted, in seconds since 1970: `exp` or the maximum age, whichever comes first, plus
   * the clock tolerance.
   * @throws TokenRejection if that time is over, or if the token was issued in the future
   */
  private expirySeconds({ exp = 0, iat = exp - this.#maxAgeSeconds }: JWTPayload): number {
    const now = Date.now() / 1000;
    const tolerance = this.#clockToleranceSeconds;
    const expiry = Math.min(exp, iat + this.#maxAgeSeconds) + tolerance;
    if (iat > now + tolerance) throw new TokenRejection('issued in the future');
    if (expiry <= now) throw new TokenRejection(exp + tolerance <= now ? 'expired' : 'too old');
    return expiry;
  }
}

function hashOf(token: string): string {
  return hash('sha256', token, 'base64');
}

/** True if the signature is right, so that no other key can be. */
function isClaimError(error: unknown): boolean {
  return error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed;
}

/** Some identity providers write `null` for a claim that they do not set. */
function toIdentity(claims: JWTPayload): Identity {
  const [userId, activityId, cmid] = [parseId(claims.sub), parseId(claims.activity), parseId(claims.cmid)];
  if (userId === undefined) throw new TokenRejection('no sub or a wrong one');
  if (activityId === undefined) throw new TokenRejection('no activity or a wrong one');
  if ((claims.cmid ?? undefined) !== undefined && cmid === undefined) throw new TokenRejection('wrong cmid');
  return { owner: { userId, activityId }, cmid, ...(claims[sampleClaim] === true && { isSample: true }) };
}

/** Why a token with a valid signature is rejected. */
class TokenRejection extends Error {
  constructor(readonly reason: RejectionReason) {
    super(reason);
  }
}
