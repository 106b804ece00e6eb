import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders } from 'node:http';
import { ROOT_CONTEXT, SpanKind, defaultTextMapGetter, type Context, type Tracer } from '@opentelemetry/api';
import { W3CTraceContextPropagator, globalErrorHandler } from '@opentelemetry/core';
import type { TracerProvider } from '@opentelemetry/sdk-trace';
import { noSpan, type Span, type SpanAttributes } from '../common/tracer.js';
import { withTimeout } from '../common/with-timeout.js';
import { version } from '../common/version.js';
import { faultType } from './fault-type.js';
import { OtelRequestSpan, OtelSpan } from './otel-span.js';
import { RequestTracer, type RequestSpan } from './request-tracer.js';

/** Maximum time for the spans that are not sent yet when the server stops, in ms. */
const maxStopMs = 1000;

/** Traces through the API of OpenTelemetry. Knows neither the receiver nor the sampler: the provider has both. */
export class OtelTracer extends RequestTracer {
  readonly #tracer: Tracer;
  readonly #propagator = new W3CTraceContextPropagator();
  /** The span in which the asynchronous code of a request runs. */
  readonly #contexts = new AsyncLocalStorage<Context>();

  constructor(private readonly provider: TracerProvider) {
    super();
    this.#tracer = provider.getTracer('writeassistdev-chat-store', version);
  }

  override start(name: string, attributes: SpanAttributes = {}): Span {
    const parent = this.#contexts.getStore();
    return parent ? this.startIn(parent, name, attributes) : noSpan;
  }

  override async trace<Result>(
    name: string,
    work: (span: Span) => Promise<Result>,
    attributes: SpanAttributes = {},
  ): Promise<Result> {
    const parent = this.#contexts.getStore();
    if (!parent) return work(noSpan);
    const span = this.startIn(parent, name, attributes);
    try {
      return await this.#contexts.run(span.context, work, span);
    } catch (error) {
      const type = faultType(error);
      if (type !== undefined) span.fail(type);
      throw error;
    } finally {
      span.end();
    }
  }

  override startRequest(method: string, headers: IncomingHttpHeaders): RequestSpan {
    const parent = this.#propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
    const attributes = { 'http.request.method': method };
    const span = this.#tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, parent);
    return new OtelRequestSpan(span, parent, this.#propagator, this.#contexts);
  }

  override async stop(): Promise<void> {
    await withTimeout(maxStopMs, this.provider.shutdown().catch(globalErrorHandler), () => {
      globalErrorHandler(new Error('the server has stopped before'));
    });
  }

  private startIn(parent: Context, name: string, attributes: SpanAttributes): OtelSpan {
    const span = this.#tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent);
    return new OtelSpan(span, parent, this.#propagator);
  }
}
