import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { networkOf } from '../common/network.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { TooManyRequests } from './auth.errors.js';

const windowMs = 60_000;
/** How many owners and addresses are counted at a time; the one that came last drops the one that is silent longest. */
const mostCounted = 50_000;

type Limiter = ReturnType<FastifyInstance['createRateLimit']>;

/**
 * Counts requests, a minute at a time: of an address before anything is read of them, of an owner once that is known.
 * Of IPv6 the network of 64 bits is one address, since one person has all of it. Each process counts for itself.
 */
@Injectable()
export class RateLimits {
  #addresses: Limiter | undefined;
  #owners: Limiter | undefined;
  #failures: Limiter | undefined;

  constructor(host: HttpAdapterHost, @Inject(CONFIG) { limits }: Config) {
    const fastify = host.httpAdapter.getInstance<FastifyInstance>();
    void fastify.register(rateLimit, { global: false });
    fastify.addHook('onReady', (done) => {
      const limiter = (max: number, keyGenerator: (request: FastifyRequest) => string) => {
        // Its types do not know that each counter has a size of its own.
        const options = { max, timeWindow: windowMs, cache: mostCounted, keyGenerator };
        return max === 0 ? undefined : fastify.createRateLimit(options);
      };
      this.#addresses = limiter(limits.address, ({ ip }) => networkOf(ip));
      this.#failures = limiter(limits.logins, ({ ip }) => networkOf(ip));
      this.#owners = limiter(limits.owner, ({ owner }) => `${owner?.activityId}/${owner?.userId}`);
      done();
    });
  }

  /** @throws TooManyRequests */
  countAddress(request: FastifyRequest): Promise<void> {
    return count(this.#addresses, request);
  }

  /** Of the request's `owner`. @throws TooManyRequests */
  countOwner(request: FastifyRequest): Promise<void> {
    return count(this.#owners, request);
  }

  /** Whether the address has had more failed logins than it may. */
  async failedTooOften(request: FastifyRequest): Promise<boolean> {
    const limit = await this.#failures?.(request, { increment: false });
    return limit !== undefined && !limit.isAllowed && limit.remaining === 0;
  }

  /** @throws TooManyRequests in place of the failure */
  countFailedLogin(request: FastifyRequest): Promise<void> {
    return count(this.#failures, request);
  }
}

async function count(limiter: Limiter | undefined, request: FastifyRequest): Promise<void> {
  const limit = await limiter?.(request);
  if (limit && !limit.isAllowed && limit.isExceeded) throw new TooManyRequests(Math.max(1, limit.ttlInSeconds));
}
