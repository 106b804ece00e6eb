import { Inject, Injectable } from '@nestjs/common';
import { SignJWT, type JWTPayload } from 'jose';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import type { Owner } from '../owners/owner.js';
import { SIGNING_SECRET, type SigningSecret } from './signing-secret.js';

/** The claim that marks a sample token. */
export const sampleClaim = 'chat_store_sample';

/** Signs tokens that this server accepts: for the startup banner, the docs page, `npm run token` and Moodle pages. */
@Injectable()
export class TokenIssuer {
  constructor(
    @Inject(SIGNING_SECRET) private readonly secret: SigningSecret | undefined,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The longest lifetime with which this server accepts a token, in seconds. */
  get maxTtlSeconds(): number {
    return this.config.jwt.maxAgeSeconds || Number.MAX_SAFE_INTEGER;
  }

  /**
   * @param ttlSeconds lifetime of the token in seconds
   * @param cmid limits the token to this course module
   * @throws Error if tokens are verified with public keys: this server has no private key
   */
  async issue({ userId, activityId }: Owner, ttlSeconds: number, cmid?: number): Promise<string> {
    return this.sign({ userId, activityId }, ttlSeconds, cmid === undefined ? {} : { cmid });
  }

  /** A token that is valid only while this server offers sample tokens. @param ttlSeconds lifetime in seconds */
  async issueSample(owner: Owner, ttlSeconds: number): Promise<string> {
    return this.sign(owner, ttlSeconds, { [sampleClaim]: true });
  }

  private async sign({ userId, activityId }: Owner, ttlSeconds: number, claims: JWTPayload): Promise<string> {
    if (!this.secret) throw new Error('tokens cannot be issued without JWT_SECRET');
    const now = Math.floor(Date.now() / 1000);
    const { issuer, audience } = this.config.jwt;
    const token = new SignJWT({ activity: activityId, ...claims })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(String(userId))
      .setIssuedAt(now)
      .setExpirationTime(now + ttlSeconds);
    if (issuer !== undefined) token.setIssuer(issuer);
    if (audience !== undefined) token.setAudience(audience);
    return token.sign(this.secret.bytes);
  }
}
