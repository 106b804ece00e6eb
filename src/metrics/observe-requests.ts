import type { FastifyInstance } from 'fastify';
import { routeOf } from '../http/request-log.js';
import type { Metrics } from './metrics.js';

/** Measures every request that is answered. Paths without a route share one name, because callers choose them. */
export function observeRequests(fastify: FastifyInstance, metrics: Metrics): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    metrics.observeRequest(request.method, routeOf(request) ?? '(none)', reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
}
