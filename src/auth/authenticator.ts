import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CourseModuleMismatchError, UnauthenticatedError } from './auth.errors.js';
import { bearerToken } from './bearer.js';
import { RateLimiter } from './rate-limiter.js';
import { SampleTokens } from './sample-tokens.js';
import { TokenVerifier, type Identity } from './credential-verifier.js';

/**
 * The only place that turns a credential into an owner. Counts requests that authenticate per owner, and failures per IP
 * address.
 */
@Injectable()
export class Authenticator {
  constructor(
    private readonly tokens: TokenVerifier,
    private readonly rateLimiter: RateLimiter,
    private readonly sampleTokens: SampleTokens,
  ) {}

  /**
   * Authenticates by the token in `Authorization: Bearer`.
   * @throws UnauthenticatedError, AuthenticationUnavailableError, TooManyRequestsError
   */
  authenticateBearer(request: FastifyRequest): Promise<Identity> {
    return this.authenticate(request, () => {
      const token = bearerToken(request.headers.authorization);
      if (token === undefined) throw new UnauthenticatedError('no token');
      return this.tokens.verify(token);
    });
  }

  /**
   * Sets `request.owner` to the owner that `verify` returns.
   * @throws TooManyRequestsError, and what `verify` throws
   */
  async authenticate(request: FastifyRequest, verify: () => Promise<Identity>): Promise<Identity> {
    try {
      const identity = await verify();
      if (identity.isSample && !this.sampleTokens.areValid) throw new UnauthenticatedError('sample tokens have ended');
      request.owner = identity.owner;
      await this.rateLimiter.consumeOwner(request);
      return identity;
    } catch (error) {
      if (error instanceof UnauthenticatedError || error instanceof CourseModuleMismatchError) {
        await this.rateLimiter.consumeUncounted(request);
        await this.rateLimiter.consumeFailedLogin(request);
      }
      throw error;
    }
  }
}
