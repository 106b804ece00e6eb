import { createRequire } from 'node:module';
import type { Operation } from './operations.js';

export interface LoadResult {
  ok: number;
  /** Responses with another status, and requests without one. */
  failed: number;
  seconds: number;
  /** In ms. */
  p50: number;
  p99: number;
}

const defaultConnections = 32;
const timeoutSeconds = 60;
/** How often the load generator looks whether all responses have come, in ms: the precision of the duration. */
const samplingMs = 20;
type Autocannon = typeof import('autocannon').default;

/** Sends `amount` requests over connections that are kept alive, and waits for all responses. */
export async function load(url: string, operation: Operation, amount: number, owners: number): Promise<LoadResult> {
  const autocannon = createRequire(import.meta.url)('autocannon') as Autocannon;
  const { connections = defaultConnections } = operation;
  const each = Math.ceil(amount / connections);
  const result = await autocannon({
    url,
    connections,
    amount,
    timeout: timeoutSeconds,
    sampleInt: samplingMs,
    // A list for each connection: otherwise all of them would send the same request at the same time.
    setupClient: (client) => {
      client.setRequests(Array.from({ length: each }, () => operation.create(owners)));
    },
  });
  const { non2xx, errors, timeouts, duration, latency } = result;
  return {
    ok: result['2xx'],
    failed: non2xx + errors + timeouts,
    seconds: duration,
    p50: latency.p50,
    p99: latency.p99,
  };
}
