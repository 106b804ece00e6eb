import type { FastifyRequest } from 'fastify';

/**
 * How many bytes of body may come, before it is read: as many as it says, or as its route allows where it does not say.
 * One that is longer than its route allows is refused before it is read, and is nothing.
 */
export function bodyLengthOf({ headers, routeOptions }: FastifyRequest): number {
  const limit = routeOptions.bodyLimit;
  if (headers['transfer-encoding'] !== undefined) return limit;
  const declared = Number(headers['content-length'] ?? 0);
  return declared > limit ? 0 : declared;
}
