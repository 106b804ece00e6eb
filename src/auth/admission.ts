import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CourseModuleMismatch, Unauthenticated } from './auth.errors.js';
import { bearerToken } from './bearer.js';
import { RateLimits } from './rate-limits.js';
import { TokenVerifier, type Identity } from './verifier.js';

/** The one way from a credential to an owner: failures are counted for their address, requests for their owner. */
@Injectable()
export class Admission {
  constructor(
    private readonly tokens: TokenVerifier,
    private readonly limits: RateLimits,
  ) {}

  /** By the token in `Authorization: Bearer`. @throws Unauthenticated, AuthenticationUnavailable, TooManyRequests */
  byBearer(request: FastifyRequest): Promise<Identity> {
    return this.admit(request, async () => {
      const token = bearerToken(request.headers.authorization);
      if (token === undefined) throw new Unauthenticated();
      return this.tokens.verify(token);
    });
  }

  /** Sets the request's owner to the one that `verify` finds. @throws TooManyRequests, and what `verify` throws */
  async admit(request: FastifyRequest, verify: () => Promise<Identity>): Promise<Identity> {
    try {
      const identity = await verify();
      request.owner = identity.owner;
      await this.limits.countOwner(request);
      return identity;
    } catch (error) {
      if (error instanceof Unauthenticated || error instanceof CourseModuleMismatch) {
        await this.limits.countFailedLogin(request);
      }
      throw error;
    }
  }
}
