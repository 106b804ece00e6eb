import type { IncomingMessage } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { onRequestEnd } from '../http/request-end.js';
import { routeOf } from '../http/request-log.js';
import type { RequestSpan, RequestTracer } from './request-tracer.js';

/** Gives each request its span: before all hooks, because the first line of the log may have to name the trace. */
export class RequestTraces {
  readonly #spans = new WeakMap<IncomingMessage, RequestSpan>();

  constructor(private readonly tracer: RequestTracer) {}

  /** Adds the trace to every line of the log of a request. */
  readonly childLoggerFactory: NonNullable<FastifyServerOptions['childLoggerFactory']> = (
    logger,
    bindings,
    options,
    raw,
  ): FastifyBaseLogger => {
    const span = this.tracer.startRequest(raw.method ?? '', raw.headers);
    this.#spans.set(raw, span);
    return logger.child({ ...bindings, traceId: span.traceId }, options);
  };

  /** Add it before the other hooks of requests. */
  addHooks(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, reply, done) => {
      this.begin(request, reply);
      done();
    });
    // After the body: its events belong to the socket.
    fastify.addHook('preHandler', ({ raw, admission }, _reply, done) => {
      const span = this.#spans.get(raw);
      const waitedMs = Math.round(admission?.waitedMs ?? 0);
      if (waitedMs > 0) span?.set({ 'chat_store.admission.wait_ms': waitedMs });
      if (span) span.run(done);
      else done();
    });
  }

  /** Also for a request whose URL cannot be decoded, and which reaches no hook. */
  begin(request: FastifyRequest, reply: FastifyReply): void {
    const span = this.#spans.get(request.raw);
    if (!span) return;
    request.traceId = span.traceId;
    const route = routeOf(request);
    if (route !== undefined) {
      span.rename(`${request.method} ${route}`);
      span.set({ 'http.route': route });
    }
    onRequestEnd(request.raw.socket, reply, () => {
      end(span, reply);
    });
  }
}

function end(span: RequestSpan, { raw, request, statusCode }: FastifyReply): void {
  if (raw.headersSent) span.set({ 'http.response.status_code': statusCode });
  if (raw.headersSent && statusCode >= 500) span.fail(request.problemCode ?? String(statusCode));
  if (!raw.writableFinished) span.event('connection closed');
  span.end();
}
