import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AllowedMethods } from './allowed-methods.js';
import { pathOf } from './problem.js';

/**
 * Logs one line per request, with the route pattern instead of the URL, because a URL may contain secrets. For a wrong
 * method that is the pattern of the path, and for an unknown path what it has in common with one.
 */
export function logRequest(request: FastifyRequest, reply: FastifyReply, routes?: AllowedMethods): void {
  // These are counted: a line each would cost more than the rest of them.
  if (request.isShed) return;
  request.log.info(
    {
      method: request.method,
      route: routeOf(request) ?? routes?.nearest(pathOf(request)) ?? '(none)',
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      ...failureOf(request),
    },
    'request',
  );
}

/** Who got which error, so that a person's failing request is found. Of other requests the log tells no person. */
function failureOf({ problemCode, owner }: FastifyRequest): object | undefined {
  if (problemCode === undefined) return undefined;
  return { code: problemCode, userId: owner?.userId, activityId: owner?.activityId };
}

/** The route pattern; undefined for none, and for the catch-all route of preflights, which matches every path. */
export function routeOf({ routeOptions: { url } }: FastifyRequest): string | undefined {
  return url === '*' ? undefined : url;
}
