import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { isAllowedOrigin, type OriginConfig } from './allowed-origins.js';

type CorsOptions = NonNullable<Parameters<NestFastifyApplication['enableCors']>[0]>;

const options: CorsOptions = {
  // With methods and headers that no route uses yet: browsers cache what a preflight allows.
  methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowedHeaders: [
    ...['authorization', 'content-type', 'x-requested-with', 'x-request-id'],
    ...['if-match', 'if-none-match', 'idempotency-key', 'last-event-id'],
  ],
  exposedHeaders: ['etag', 'location', 'retry-after', 'x-request-id'],
  // The longest time for which Chromium caches a preflight, in seconds.
  maxAge: 7200,
};

const refused: CorsOptions = { ...options, origin: false };
const allowed: CorsOptions = { ...options, origin: true, preflight: false };
const allowedPreflight: CorsOptions = { ...options, origin: true, preflight: true };

/**
 * Lets pages of allowed origins call the API and read its responses. Credentials are not allowed: the API authenticates by
 * token, never by cookie.
 */
export function enableCors(app: NestFastifyApplication, config: OriginConfig): void {
  if (!dependsOnOrigin(config)) return;
  const delegator = ({ headers }: FastifyRequest, done: (error: null, options: CorsOptions) => void) => {
    if (headers.origin === undefined || !isAllowedOrigin(headers.origin, config)) done(null, refused);
    // An OPTIONS request without this header is not a preflight.
    else done(null, headers['access-control-request-method'] === undefined ? allowed : allowedPreflight);
  };
  app.enableCors({ delegator });
}

/** True if some pages may read responses and others not: each response says so in `Vary`. */
export function dependsOnOrigin({ allowedOrigins, allowLoopbackOrigins }: OriginConfig): boolean {
  return allowedOrigins.length > 0 || allowLoopbackOrigins;
}
