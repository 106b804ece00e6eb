import type { FastifyRequest } from 'fastify';
import { isBearer } from '../auth/bearer.js';
import type { RateLimiter } from '../auth/rate-limiter.js';
import { announcedBytes } from './body-size.js';

/** A body with a credential in it is read from an IP address beyond its limit, if it is not larger. In bytes. */
const maxBytesBeyondLimit = 64 * 1024;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True for routes whose callers authenticate by a field of the body. */
    credentialInBody?: boolean;
  }
}

/**
 * Counts the request for its IP address, unless it may authenticate: a good credential must not be refused for others'
 * bad ones. What does not authenticate is counted when that is known.
 * @param needsToken true for routes whose callers authenticate by `Authorization`
 * @throws TooManyRequestsError
 */
export async function limitAddress(limiter: RateLimiter, request: FastifyRequest, needsToken: boolean): Promise<void> {
  const { credentialInBody = false } = request.routeOptions.config;
  const mayAuthenticate =
    (needsToken && isBearer(request.headers.authorization)) ||
    (credentialInBody && !(isLarge(request) && (await limiter.hasTooManyRequests(request))));
  if (mayAuthenticate) limiter.postponeIp(request);
  else await limiter.consumeIp(request);
}

function isLarge({ headers }: FastifyRequest): boolean {
  return announcedBytes(headers) > maxBytesBeyondLimit;
}
