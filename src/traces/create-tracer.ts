import { randomUUID } from 'node:crypto';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import { LogSummary } from '../common/log-summary.js';
import { addressOf } from '../common/unreachable-error.js';
import { version } from '../common/version.js';
import type { TracesConfig } from '../config/config.js';
import { OtelTracer } from './otel-tracer.js';
import type { RequestTracer } from './request-tracer.js';

/** Maximum time for sending them, with repetitions, in ms. */
const sendingTimeoutMs = 10_000;
/** Spans that wait to be sent; further ones are dropped. Each occupies about 2 KB. */
const maxWaitingSpans = 4096;
/** Batches that are being sent: more than one only while the receiver does not answer. */
const maxSentBatches = 4;

/** Creates the tracer, which sends its spans in the background. */
export function createTracer(config: TracesConfig, logger: Logger): RequestTracer {
  logFailures(config, logger);
  const exporter = new OTLPTraceExporter({
    url: config.url.href,
    headers: config.headers,
    timeoutMillis: sendingTimeoutMs,
    concurrencyLimit: maxSentBatches,
  });
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: maxWaitingSpans,
    scheduledDelayMillis: config.sendingIntervalMs,
    exportTimeoutMillis: sendingTimeoutMs,
  });
  const resource = resourceFromAttributes({
    'service.name': config.serviceName,
    'service.version': version,
    'service.instance.id': randomUUID(),
  });
  logger.info(`Sending traces to ${config.url.href}`);
  return new OtelTracer(
    new TracerProvider({
      resource: defaultResource().merge(resource),
      sampler: samplerOf(config),
      spanProcessors: [processor],
    }),
  );
}

function samplerOf({ sampler, ratio }: TracesConfig): Sampler {
  const root = rootSampler(sampler.replace('parentbased_', ''), ratio);
  return sampler.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}

function rootSampler(name: string, ratio: number): Sampler {
  if (name === 'traceidratio') return new TraceIdRatioBasedSampler(ratio);
  return name === 'always_on' ? new AlwaysOnSampler() : new AlwaysOffSampler();
}

/** Logs that spans are lost, once a minute at most. The SDK reports its failures to one handler of the process. */
function logFailures({ url }: TracesConfig, logger: Logger): void {
  const address = addressOf(url);
  const failures = new LogSummary((_, count) => {
    logger.warn({ address, count }, 'Traces could not be sent, more of them');
  });
  setGlobalErrorHandler((error) => {
    failures.add('failures', () => {
      logger.warn({ address, reason: reasonOf(error) }, 'Traces could not be sent: OTEL_EXPORTER_OTLP_ENDPOINT');
    });
  });
}

/** The status or the code; else the message, which is one of the SDK then. The answer of the receiver is not logged. */
function reasonOf(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: string | number; message?: string };
  return String(code ?? message ?? error);
}
