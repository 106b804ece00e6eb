/** Values of a fixed set, or numbers: no ids, texts, URLs or owners. */
export type SpanAttributes = Record<string, string | number>;

/** A part of the work for a request, as a trace shows it. */
export interface Span {
  /** Headers by which another service continues the trace; undefined when there is no trace. */
  readonly headers: Record<string, string> | undefined;
  set(attributes: SpanAttributes): void;
  /** Notes a moment within the span. */
  event(name: string, attributes?: SpanAttributes): void;
  /** Marks the span as failed, whatever comes after. @param type a code of a fixed set */
  fail(type: string): void;
  end(): void;
}

/** The span while nothing is traced. */
export const noSpan: Span = {
  headers: undefined,
  set: () => undefined,
  event: () => undefined,
  fail: () => undefined,
  end: () => undefined,
};

/** Shows the parts of a request in its trace. This class traces nothing: `traces/` has the one that does. */
export class Tracer {
  /** Starts a span within the current one. Outside requests there is none, and nothing is traced. */
  start(_name: string, _attributes?: SpanAttributes): Span {
    return noSpan;
  }

  /** Runs `work` as a span, which fails with what `work` throws unless that is the caller's fault. */
  trace<Result>(_name: string, work: (span: Span) => Promise<Result>, _attributes?: SpanAttributes): Promise<Result> {
    return work(noSpan);
  }

  /** Sends what is not sent yet; takes a second at most, and never fails. */
  stop(): Promise<void> {
    return Promise.resolve();
  }
}
