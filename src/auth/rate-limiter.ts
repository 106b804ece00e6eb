import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ipOrSubnet64 } from '../common/net.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { TooManyRequestsError } from './auth.errors.js';

const windowMs = 60_000;
/** How many owners and addresses are counted at a time; the one that came last drops the one that is silent longest. */
const maxTrackedKeys = 50_000;

type Counter = ReturnType<FastifyInstance['createRateLimit']>;

/**
 * Counts requests, a minute at a time: of an address before anything is read of them, of an owner once that is known.
 * Of IPv6 the network of 64 bits is one address, since one person has all of it. Each process counts for itself.
 */
@Injectable()
export class RateLimiter {
  #addresses: Counter | undefined;
  #owners: Counter | undefined;
  #failures: Counter | undefined;

  constructor(host: HttpAdapterHost, @Inject(CONFIG) { rateLimits: limits }: Config) {
    const fastify = host.httpAdapter.getInstance<FastifyInstance>();
    void fastify.register(rateLimit, { global: false });
    fastify.addHook('onReady', (done) => {
      const limiter = (max: number, keyGenerator: (request: FastifyRequest) => string) => {
        // Its types do not know that each counter has a size of its own.
        const options = { max, timeWindow: windowMs, cache: maxTrackedKeys, keyGenerator };
        return max === 0 ? undefined : fastify.createRateLimit(options);
      };
      this.#addresses = limiter(limits.perIp, ({ ip }) => ipOrSubnet64(ip));
      this.#failures = limiter(limits.failedLogins, ({ ip }) => ipOrSubnet64(ip));
      this.#owners = limiter(limits.perOwner, ({ owner }) => `${owner?.activityId}/${owner?.userId}`);
      done();
    });
  }

  /** @throws TooManyRequests */
  consumeIp(request: FastifyRequest): Promise<void> {
    return consume(this.#addresses, request);
  }

  /** Of the request's `owner`. @throws TooManyRequests */
  consumeOwner(request: FastifyRequest): Promise<void> {
    return consume(this.#owners, request);
  }

  /** Whether the address has had more failed logins than it may. */
  async hasTooManyFailedLogins(request: FastifyRequest): Promise<boolean> {
    const limit = await this.#failures?.(request, { increment: false });
    return limit !== undefined && !limit.isAllowed && limit.remaining === 0;
  }

  /** @throws TooManyRequests in place of the failure */
  consumeFailedLogin(request: FastifyRequest): Promise<void> {
    return consume(this.#failures, request);
  }
}

async function consume(limiter: Counter | undefined, request: FastifyRequest): Promise<void> {
  const limit = await limiter?.(request);
  if (limit && !limit.isAllowed && limit.isExceeded) throw new TooManyRequestsError(Math.max(1, limit.ttlInSeconds));
}
