import { EventEmitter, once } from 'node:events';
import { request, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen, type Site } from './browser.js';

/** What happens to a request on its way. */
type Fate =
  /** Nothing. */
  | 'none'
  /** The server handles it, and nothing of its answer arrives. */
  | 'answer lost'
  /** The server handles it, and half of its answer arrives. */
  | 'answer cut'
  /** The server handles it, and the answer is held back on an open connection. */
  | 'answer held'
  /** It does not reach the server: a proxy answers 503 with Retry-After. */
  | 'turned away'
  | Refusal;

/** The answer of the server to a lock conflict, while Moodle cannot be asked, or when memory is short. */
type Refusal = 'busy' | 'not authenticated' | 'out of memory';

const refusalCodes: Record<Refusal, string> = {
  busy: 'database_busy',
  'not authenticated': 'authentication_unavailable',
  'out of memory': 'server_busy',
};

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

const changing = ['POST', 'PATCH', 'DELETE'];

/** A proxy between a page and the server that simulates network failures. It forwards every preflight. */
export class Network {
  /** The requests that arrived, without those that only read and preflights. */
  readonly calls: { method: string; fields: URLSearchParams; headers: IncomingHttpHeaders; at: number }[] = [];
  private readonly fates: Fate[] = [];
  private readonly held: ServerResponse[] = [];
  private readonly arrivals = new EventEmitter();

  private constructor(
    private readonly server: URL,
    private readonly keepAlive: boolean,
  ) {}

  /** Each request has its own connection, unless `keepAlive` is set. */
  static async before(url: string, { keepAlive = false } = {}): Promise<Network & Site> {
    const network = new Network(new URL(url), keepAlive);
    const site = await listen('127.0.0.1', (call, answer) => {
      network.carry(call, answer).catch((error: unknown) => answer.destroy(error as Error));
    });
    return Object.assign(network, site);
  }

  /** Sets what happens to the next requests; later ones are forwarded. */
  next(...fates: Fate[]): void {
    this.fates.push(...fates);
  }

  /** Waits for an answer that is held back, and closes its connection. */
  async dropHeld(): Promise<void> {
    while (this.held.length === 0) await once(this.arrivals, 'held');
    for (const response of this.held.splice(0)) response.destroy();
  }

  /** The actions of the requests, in the order of arrival. */
  get actions(): string[] {
    return this.calls.map(({ fields }) => fields.get('action') ?? '');
  }

  /** Waits for the first request with this action. */
  async seen(action: string): Promise<void> {
    while (!this.actions.includes(action)) await once(this.arrivals, 'call');
  }

  private async carry(call: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = performance.now();
    const body = Buffer.concat((await call.toArray()) as Buffer[]);
    const isCall = changing.includes(call.method ?? '');
    if (isCall) {
      this.calls.push({
        method: call.method ?? '',
        fields: new URLSearchParams(body.toString()),
        headers: call.headers,
        at,
      });
      this.arrivals.emit('call');
    }
    const fate = isCall ? this.fates.shift() : undefined;
    if (fate !== undefined && (fate === 'turned away' || fate in refusalCodes)) {
      turnAway(fate, call, response);
      return;
    }
    const answer = await this.ask(call, body);
    if (fate === 'answer held') {
      this.held.push(response);
      this.arrivals.emit('held');
      return;
    }
    if (fate === 'answer lost') {
      response.destroy();
      return;
    }
    response.writeHead(answer.status, { ...answer.headers, connection: this.keepAlive ? 'keep-alive' : 'close' });
    if (fate !== 'answer cut') response.end(answer.body);
    else {
      response.write(answer.body.subarray(0, answer.body.length / 2), () => response.destroy());
    }
  }

  private ask({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    const { hostname, port } = this.server;
    return new Promise((resolve, reject) => {
      const sent = request({ hostname, port, path: url, method, headers, agent: false }, (answer) => {
        answer.toArray().then((parts) => {
          const whole = Buffer.concat(parts as Buffer[]);
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: whole });
        }, reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

/** Answers 503, readable for the page (CORS): as HTML like a proxy, or as JSON like the server. */
function turnAway(fate: Fate, { headers }: IncomingMessage, response: ServerResponse): void {
  const code = fate in refusalCodes ? refusalCodes[fate as Refusal] : undefined;
  response.writeHead(503, {
    'content-type': code === undefined ? 'text/html' : 'application/json',
    'retry-after': '1',
    'access-control-allow-origin': headers.origin ?? '*',
    'access-control-expose-headers': 'retry-after',
  });
  const refusal = { success: false, error: 'Nothing was changed.', code };
  response.end(code === undefined ? '<h1>Service Unavailable</h1>' : JSON.stringify(refusal));
}
