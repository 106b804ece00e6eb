import { Inject, Injectable } from '@nestjs/common';
import { SignJWT } from 'jose';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import type { Owner } from '../owners/owner.js';
import { SIGNING_SECRET, type SigningSecret } from './signing-secret.js';

/** Makes tokens that this server accepts: for the start-up banner, the docs page and `npm run token`. */
@Injectable()
export class TokenIssuer {
  constructor(
    @Inject(SIGNING_SECRET) private readonly secret: SigningSecret | undefined,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * @param ttlSeconds from now
   * @param cmid when given, the token is good for this course module alone
   * @throws Error where tokens are checked with public keys: only their owner can make them
   */
  async issue({ userId, activityId }: Owner, ttlSeconds: number, cmid?: number): Promise<string> {
    if (!this.secret) throw new Error('there is no secret to sign with');
    const now = Math.floor(Date.now() / 1000);
    const { issuer, audience } = this.config.jwt;
    const token = new SignJWT({ activity: activityId, ...(cmid !== undefined && { cmid }) })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(String(userId))
      .setIssuedAt(now)
      .setExpirationTime(now + ttlSeconds);
    if (issuer !== undefined) token.setIssuer(issuer);
    if (audience !== undefined) token.setAudience(audience);
    return token.sign(this.secret.bytes);
  }
}
