import type { FastifyReply, FastifyRequest } from 'fastify';

/** Logs one line per request, with the route pattern instead of the URL, because a URL may contain secrets. */
export function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  request.log.info(
    {
      method: request.method,
      route: request.routeOptions.url ?? '(none)',
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
    },
    'request',
  );
}
