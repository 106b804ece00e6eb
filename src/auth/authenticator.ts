import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CourseModuleMismatchError, UnauthenticatedError } from './auth.errors.js';
import { bearerToken } from './bearer.js';
import { RateLimiter } from './rate-limiter.js';
import { TokenVerifier, type Identity } from './credential-verifier.js';

/** The one way from a credential to an owner: failures are counted for their address, requests for their owner. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly tokens: TokenVerifier,
    private readonly rateLimiter: RateLimiter,
  ) {}

  /** By the token in `Authorization: Bearer`. @throws Unauthenticated, AuthenticationUnavailable, TooManyRequests */
  authenticateBearer(request: FastifyRequest): Promise<Identity> {
    return this.authenticate(request, async () => {
      const token = bearerToken(request.headers.authorization);
      if (token === undefined) throw new UnauthenticatedError();
      return this.tokens.verify(token);
    });
  }

  /** Sets the request's owner to the one that `verify` finds. @throws TooManyRequests, and what `verify` throws */
  async authenticate(request: FastifyRequest, verify: () => Promise<Identity>): Promise<Identity> {
    try {
      const identity = await verify();
      request.owner = identity.owner;
      await this.rateLimiter.consumeOwner(request);
      return identity;
    } catch (error) {
      if (error instanceof UnauthenticatedError || error instanceof CourseModuleMismatchError) {
        await this.rateLimiter.consumeFailedLogin(request);
      }
      throw error;
    }
  }
}
