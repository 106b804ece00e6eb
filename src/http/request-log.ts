import type { FastifyReply, FastifyRequest } from 'fastify';

/** Logs one line per request, with the route template instead of the URL: a URL may carry what a log must not. */
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
