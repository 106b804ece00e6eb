import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ipOrSubnet64 } from '../common/net.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import type { VariableName } from '../config/env-variables.js';
import { TooManyRequestsError } from './auth.errors.js';

const windowMs = 60_000;
/** Chunks of one message per second, and of all messages of one owner per minute: ten at once. */
const maxChunksPerSecond = 20;
const maxChunksPerMinute = 10 * 60 * maxChunksPerSecond;

/** Maximum number of owners, and of IP addresses, that are counted; the least recently used one is dropped. */
const maxTrackedKeys = 50_000;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True for the route that writes messages in chunks, which has limits of its own. */
    isChunk?: boolean;
  }

  interface FastifyRequest {
    /** Whether it is still to be counted for its IP address, unless it authenticates. */
    isUncounted?: boolean;
    /** Whether it was counted for its owner. */
    isCountedForOwner?: boolean;
    /** The IP address of a request that may authenticate: its socket no longer knows it when the client has left. */
    postponedAddress?: string;
  }
}

type Counter = ReturnType<FastifyInstance['createRateLimit']>;

/**
 * Counts requests per minute: those that authenticate for their owner, all others for their IP address. An IPv6 /64
 * network counts as one address. The counters are in memory, so each process has its own limits.
 */
@Injectable()
export class RateLimiter {
  #byIp: Counter | undefined;
  #byOwner: Counter | undefined;
  #failedLogins: Counter | undefined;
  #chunksOfMessage: Counter | undefined;
  #chunksOfOwner: Counter | undefined;

  constructor(host: HttpAdapterHost, @Inject(CONFIG) { rateLimits: limits }: Config) {
    const fastify = host.httpAdapter.getInstance<FastifyInstance>();
    void fastify.register(rateLimit, { global: false });
    fastify.addHook('onReady', (done) => {
      const limiter = (max: number, keyGenerator: (request: FastifyRequest) => string, timeWindow = windowMs) => {
        // The types lack `cache`; an object literal passed directly would not compile.
        const options = { max, timeWindow, cache: maxTrackedKeys, keyGenerator };
        return max === 0 ? undefined : fastify.createRateLimit(options);
      };
      this.#byIp = limiter(limits.perIp, addressOf);
      this.#failedLogins = limiter(limits.failedLogins, addressOf);
      this.#byOwner = limiter(limits.perOwner, ownerOf);
      if (limits.perOwner > 0) {
        this.#chunksOfMessage = limiter(maxChunksPerSecond, messageOf, 1000);
        this.#chunksOfOwner = limiter(maxChunksPerMinute, ownerOf);
      }
      done();
    });
  }

  /** Counts a request of an IP address. @throws TooManyRequestsError */
  consumeIp(request: FastifyRequest): Promise<void> {
    this.ignoreUncounted(request);
    return consume(this.#byIp, request, 'RATE_LIMIT_ADDRESS');
  }

  /** Leaves the request to `consumeUncounted`, because it may authenticate. */
  postponeIp(request: FastifyRequest): void {
    request.postponedAddress = request.ip;
    request.isUncounted = true;
  }

  /** Does not count a request that was postponed for its IP address: it is known whose it is. */
  ignoreUncounted(request: FastifyRequest): void {
    request.isUncounted = false;
  }

  /** Counts a request of an IP address that was postponed and does not authenticate, once. @throws TooManyRequestsError */
  async consumeUncounted(request: FastifyRequest): Promise<void> {
    if (request.isUncounted) await this.consumeIp(request);
  }

  /** True if the IP address has reached its limit. Counts nothing. */
  hasTooManyRequests(request: FastifyRequest): Promise<boolean> {
    return isUsedUp(this.#byIp, request);
  }

  /** Counts a request of `request.owner`, once; a chunk for its message instead. @throws TooManyRequestsError */
  consumeOwner(request: FastifyRequest): Promise<void> {
    if (request.routeOptions.config.isChunk) return this.consumeChunk(request);
    // A proxied load_project authenticates after it was counted.
    if (request.isCountedForOwner) return Promise.resolve();
    request.isCountedForOwner = true;
    return consume(this.#byOwner, request, 'RATE_LIMIT_OWNER');
  }

  /** True if the IP address has reached its limit of failed logins. Counts nothing. */
  hasTooManyFailedLogins(request: FastifyRequest): Promise<boolean> {
    return isUsedUp(this.#failedLogins, request);
  }

  /** Counts a failed login of an IP address. @throws TooManyRequestsError */
  consumeFailedLogin(request: FastifyRequest): Promise<void> {
    return consume(this.#failedLogins, request, 'RATE_LIMIT_LOGINS');
  }

  private async consumeChunk(request: FastifyRequest): Promise<void> {
    await consume(this.#chunksOfMessage, request, 'RATE_LIMIT_OWNER');
    await consume(this.#chunksOfOwner, request, 'RATE_LIMIT_OWNER');
  }
}

function addressOf({ postponedAddress, ip }: FastifyRequest): string {
  return ipOrSubnet64(postponedAddress ?? ip);
}

function ownerOf({ owner }: FastifyRequest): string {
  return `${owner?.activityId}/${owner?.userId}`;
}

function messageOf(request: FastifyRequest): string {
  const { sessionId, messageId } = request.params as Record<string, string>;
  return `${ownerOf(request)}/${sessionId}/${messageId}`;
}

async function isUsedUp(limiter: Counter | undefined, request: FastifyRequest): Promise<boolean> {
  const limit = await limiter?.(request, { increment: false });
  return limit !== undefined && !limit.isAllowed && limit.remaining === 0;
}

async function consume(limiter: Counter | undefined, request: FastifyRequest, variable: VariableName): Promise<void> {
  const limit = await limiter?.(request);
  if (limit && !limit.isAllowed && limit.isExceeded) {
    throw new TooManyRequestsError(Math.max(1, limit.ttlInSeconds), variable);
  }
}
