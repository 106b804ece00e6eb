import type { AsyncLocalStorage } from 'node:async_hooks';
import {
  SpanStatusCode,
  defaultTextMapSetter,
  trace,
  type Context,
  type Span as ApiSpan,
  type TextMapPropagator,
} from '@opentelemetry/api';
import type { Span, SpanAttributes } from '../common/tracer.js';
import type { RequestSpan } from './request-tracer.js';

export class OtelSpan implements Span {
  readonly context: Context;

  constructor(
    protected readonly span: ApiSpan,
    parent: Context,
    private readonly propagator: TextMapPropagator,
  ) {
    this.context = trace.setSpan(parent, span);
  }

  get headers(): Record<string, string> {
    const headers = {};
    this.propagator.inject(this.context, headers, defaultTextMapSetter);
    return headers;
  }

  set(attributes: SpanAttributes): void {
    this.span.setAttributes(attributes);
  }

  event(name: string, attributes?: SpanAttributes): void {
    this.span.addEvent(name, attributes);
  }

  fail(type: string): void {
    this.span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
  }

  end(): void {
    this.span.end();
  }
}

export class OtelRequestSpan extends OtelSpan implements RequestSpan {
  constructor(
    span: ApiSpan,
    parent: Context,
    propagator: TextMapPropagator,
    private readonly contexts: AsyncLocalStorage<Context>,
  ) {
    super(span, parent, propagator);
  }

  get traceId(): string {
    return this.span.spanContext().traceId;
  }

  rename(name: string): void {
    this.span.updateName(name);
  }

  run(work: () => void): void {
    this.contexts.run(this.context, work);
  }
}
