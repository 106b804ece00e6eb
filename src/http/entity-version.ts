import type { ApiResponseOptions } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ValidationFailedError } from '../common/domain-error.js';

/** An entity tag (RFC 9110 section 8.8.3). A proxy that compresses an answer makes its tag weak. */
const entityTag = '(?:W/)?"[\\x21\\x23-\\x7e\\x80-\\xff]*"';
const entityTags = new RegExp(`^${entityTag}(?:[ \\t]*,[ \\t]*${entityTag})*$`);
const versionTag = /"([1-9]\d{0,14})"/g;

/** Documents the header that `setVersion` sets. */
export const versionHeaders = {
  ETag: {
    description: 'The `version` in quotes. Send it as `If-Match` to change the session only if nobody else has.',
    schema: { type: 'string' },
  },
} satisfies ApiResponseOptions['headers'];

/** Sets the `ETag` of an answer with one object to its version. */
export function setVersion<Body extends { version: number }>(reply: FastifyReply, body: Body): Body {
  reply.header('etag', `"${body.version}"`);
  return body;
}

/**
 * Reads `If-Match`. Versions are compared as numbers, so that a weak tag is the same as the one it was made of.
 * @returns the versions it names, none of which is there for other tags; undefined when any will do
 * @throws ValidationFailedError for a header that is no list of entity tags
 */
export function readIfMatch(values: string[] | undefined): number[] | undefined {
  if (values === undefined) return undefined;
  const value = values.join(', ').trim();
  if (value === '*') return undefined;
  if (!entityTags.test(value)) {
    const detail = 'must be an ETag in its quotes, several with commas between them, or *';
    throw new ValidationFailedError([{ in: 'header', pointer: '/If-Match', detail }]);
  }
  return [...value.matchAll(versionTag)].map(([, version]) => Number(version));
}
