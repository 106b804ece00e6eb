import type { IncomingHttpHeaders } from 'node:http';
import { Tracer, type Span } from '../common/tracer.js';

/** The span of a whole request. */
export interface RequestSpan extends Span {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  rename(name: string): void;
  /** Runs `work`, and what follows from it, within the span. */
  run(work: () => void): void;
}

/** The tracer of a server with OTEL_EXPORTER_OTLP_ENDPOINT. Its implementation is loaded only then. */
export abstract class RequestTracer extends Tracer {
  /** Starts the span of a request, in the trace of its `traceparent` if it has a valid one. */
  abstract startRequest(method: string, headers: IncomingHttpHeaders): RequestSpan;
}
