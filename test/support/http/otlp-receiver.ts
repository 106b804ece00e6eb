import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitUntil } from '../run/wait-until.js';

type Value = { stringValue: string } | { intValue: number } | { doubleValue: number };
interface SentAttribute {
  key: string;
  value: Value;
}
interface SentSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  attributes: SentAttribute[];
  events: { name: string; attributes: SentAttribute[] }[];
  status: { code: number };
}

/** A span as it arrived. */
export interface ReceivedSpan {
  traceId: string;
  id: string;
  parent: string | undefined;
  name: string;
  /** 2 for a server, 3 for a client. */
  kind: number;
  attributes: Record<string, string | number>;
  events: string[];
  hasFailed: boolean;
}

/** A small receiver of traces: OTLP over HTTP with JSON. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** Everything that was sent. */
  readonly bodies: string[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  /** The attributes of the process that sent last. */
  resource: Record<string, string | number> = {};
  answer: (response: ServerResponse) => void = (response) => {
    response.setHeader('content-type', 'application/json').end('{}');
  };

  private constructor(private readonly server: Server) {}

  static async start(): Promise<OtlpReceiver> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        receiver.headers.push(request.headers);
        if (request.method !== 'POST' || request.url !== '/v1/traces') response.writeHead(404).end();
        else receiver.receive(Buffer.concat(chunks).toString(), response);
      });
    });
    const receiver = new OtlpReceiver(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Waits until a trace has so many spans, and returns them in the order of their names. */
  async trace(traceId: string, count: number): Promise<ReceivedSpan[]> {
    const found = () => this.spans.filter((span) => span.traceId === traceId);
    await waitUntil(() => found().length >= count, 20_000, `${count} spans of ${traceId}`);
    return found().sort((a, b) => a.name.localeCompare(b.name));
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private receive(body: string, response: ServerResponse): void {
    this.bodies.push(body);
    const { resourceSpans } = JSON.parse(body) as {
      resourceSpans: { resource: { attributes: SentAttribute[] }; scopeSpans: { spans: SentSpan[] }[] }[];
    };
    for (const { resource, scopeSpans } of resourceSpans) {
      this.resource = toRecord(resource.attributes);
      this.spans.push(...scopeSpans.flatMap(({ spans }) => spans.map(toSpan)));
    }
    this.answer(response);
  }
}

/** The header that continues a new trace, and the ids in it. */
export function newParent({ sampled = true } = {}): { traceparent: string; traceId: string; spanId: string } {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceparent: `00-${traceId}-${spanId}-0${Number(sampled)}`, traceId, spanId };
}

function toSpan({ traceId, spanId, parentSpanId, name, kind, attributes, events, status }: SentSpan): ReceivedSpan {
  return {
    ...{ traceId, id: spanId, name, kind },
    parent: parentSpanId === '' ? undefined : parentSpanId,
    attributes: toRecord(attributes),
    events: events.map((event) => [event.name, ...Object.values(toRecord(event.attributes))].join(' ')),
    hasFailed: status.code === 2,
  };
}

function toRecord(attributes: SentAttribute[]): Record<string, string | number> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0] as string | number]));
}
