import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { sha256Hex } from '../common/hash.js';
import { pauseIfLong } from './pause-if-long.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether answers with status 200 have an `ETag`. Set by `@ConditionalGet()`. */
    conditional?: boolean;
  }
}

/** An entity tag (RFC 9110 section 8.8.3), of which the group is what both tags must have in a weak comparison. */
const entityTag = /(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/g;

/**
 * Adds a weak `ETag` to answers with status 200 of routes with `@ConditionalGet()`, and answers 304 without a body if
 * `If-None-Match` names it. Weak, because it stays the same whether the answer is compressed or not.
 */
export function useConditionalGet(fastify: FastifyInstance): void {
  fastify.addHook('onSend', ({ method, headers, routeOptions }, reply, payload, done) => {
    if (!routeOptions.config.conditional || reply.statusCode !== 200 || typeof payload !== 'string') {
      done(null, payload);
      return;
    }
    pauseIfLong(payload, () => {
      const tag = sha256Hex(payload).slice(0, 32);
      reply.header('etag', `W/"${tag}"`);
      if (!isNamed(tag, headers['if-none-match'])) {
        done(null, payload);
        return;
      }
      reply.code(304).removeHeader('content-type');
      // For HEAD Fastify drops the body, so there must be one.
      done(null, method === 'HEAD' ? Readable.from([]) : null);
    });
  });
}

/** Evaluates `If-None-Match` (RFC 9110 section 13.1.2), whose tags are compared weakly; `*` names every tag. */
function isNamed(tag: string, header: string | undefined): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return [...header.matchAll(entityTag)].some(([, named]) => named === tag);
}
