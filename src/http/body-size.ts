import type { FastifyRequest } from 'fastify';

/** A JSON escape like `\u001f` takes six bytes for one byte of content. */
const jsonBytesPerContentByte = 6;
const otherFieldsBytes = 64 * 1024;

/** The limit of a request body, in bytes, for the given limit of message contents. */
export function maxBodyBytes(maxContentBytes: number): number {
  return maxContentBytes * jsonBytesPerContentByte + otherFieldsBytes;
}

/**
 * How many bytes of body to expect before it is read: `Content-Length`, or the route's limit where the length is not
 * declared. 0 for a declared length above the limit: Fastify rejects that request without reading its body.
 */
export function expectedBodyBytes({ headers, routeOptions }: FastifyRequest): number {
  const limit = routeOptions.bodyLimit;
  if (headers['transfer-encoding'] !== undefined) return limit;
  const declared = Number(headers['content-length'] ?? 0);
  return declared > limit ? 0 : declared;
}
