import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Counts } from '../common/counts.js';
import { EventCounts } from '../common/event-counts.js';
import { version } from '../common/version.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { DatabaseWork } from '../database/work/database-work.js';
import { workLimits } from '../database/work/work-limits.js';
import { Metrics } from './metrics.js';

/** Upper bounds in seconds: the last is the default of REQUEST_DEADLINE_MS. */
const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

@Injectable()
export class MetricsRegistry extends Metrics {
  readonly #registry = new Registry();
  readonly #durations = new Histogram({
    name: 'chat_store_http_request_duration_seconds',
    help: 'Duration of requests, by route pattern and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: durationBuckets,
    registers: [this.#registry],
  });

  constructor(@Inject(CONFIG) { database }: Config, work: DatabaseWork, events: EventCounts) {
    super();
    this.gauge('info', 'The version of the server and its engine; always 1.', ['version', 'engine'], (gauge) => {
      gauge.set({ version, engine: database.engine }, 1);
    });
    this.gauge('database_connections', 'Connections that requests may use: in use, and in all.', ['state'], (gauge) => {
      gauge.set({ state: 'used' }, work.load.running);
      gauge.set({ state: 'total' }, workLimits(database).capacity);
    });
    this.gauge('database_waiting', 'Transactions and reads that wait for a connection.', [], (gauge) => {
      gauge.set(work.load.waiting);
    });
    this.counter('saves_total', 'Messages that clients have sent, saved or replayed.', 'outcome', events.saves);
    this.counter('transaction_retries_total', 'Repeated transactions, by error code.', 'reason', events.retries);
    this.counter('refusals_total', 'Requests that were refused, by the code of the error.', 'code', events.refusals);
    collectDefaultMetrics({ register: this.#registry });
  }

  override get contentType(): string {
    return this.#registry.contentType;
  }

  override read(): Promise<string> {
    return this.#registry.metrics();
  }

  override observeRequest(method: string, route: string, status: number, seconds: number): void {
    this.#durations.observe({ method, route, status }, seconds);
  }

  private gauge(name: string, help: string, labelNames: string[], collect: (gauge: Gauge) => void): void {
    new Gauge({
      ...{ name: `chat_store_${name}`, help, labelNames, registers: [this.#registry] },
      collect() {
        collect(this);
      },
    });
  }

  private counter(name: string, help: string, label: string, counts: Counts): void {
    new Counter({
      ...{ name: `chat_store_${name}`, help, labelNames: [label], registers: [this.#registry] },
      collect() {
        this.reset();
        for (const [value, count] of counts.entries()) this.inc({ [label]: value }, count);
      },
    });
  }
}
