import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../history/events.js';
import type { Reply } from './chat-api.js';
import type { Random } from './random.js';

/** After this time without an answer a client gives up, in ms. */
const patienceMs = 30_000;
/** A client waits this long, in ms, when no server listens. */
const refusedPauseMs = 50;
/** A client that leaves does so within this time, in ms: an answer takes about half as long. */
const maxLeavingMs = 12;

/** What the requests of all clients showed, besides their outcomes. */
export interface Observations {
  /** In ms. */
  longest: number;
  /** Answers that no fault explains: statuses that are not documented. */
  unexpected: string[];
  /** When the last request was acknowledged, and answered with 503: on the clock of `performance.now()`. */
  acknowledgedAt: number;
  unavailableAt: number;
}

export interface HttpRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** Sends requests to the servers in turn, and tells acknowledged, rejected and unknown ones apart. */
export class FaultyHttp {
  readonly observations: Observations = { longest: 0, unexpected: [], acknowledgedAt: 0, unavailableAt: 0 };
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  #turn = 0;
  #shareOfLeaving = 0;

  /** @param urls the servers; a function, because a server that is started again has another port */
  constructor(
    private readonly urls: () => string[],
    private readonly random: Random,
  ) {}

  /** From now on clients close this share of their connections, from 0 to 1, before they have an answer. */
  leave(share: number): void {
    this.#shareOfLeaving = share;
  }

  async send<Body>(sent: HttpRequest): Promise<Reply<Body>> {
    const start = performance.now();
    const urls = this.urls();
    const answer = await this.exchange(urls[this.#turn++ % urls.length] ?? '', sent).catch((error: unknown) => error);
    const end = performance.now();
    this.observations.longest = Math.max(this.observations.longest, end - start);
    if (answer instanceof Error) {
      if ((answer as NodeJS.ErrnoException).code !== 'ECONNREFUSED') return { outcome: 'unknown' };
      await sleep(refusedPauseMs);
      // Nothing was sent.
      return { outcome: 'rejected' };
    }
    const { status, text } = answer as { status: number; text: string };
    const outcome = outcomeOf(status, text);
    if (outcome === 'ok') this.observations.acknowledgedAt = end;
    if (status === 503) this.observations.unavailableAt = end;
    if (!isDocumented(status, text))
      this.observations.unexpected.push(`${sent.method} ${status} ${text.slice(0, 200)}`);
    return { outcome, ...(outcome === 'ok' && { result: (text === '' ? undefined : JSON.parse(text)) as Body }) };
  }

  close(): void {
    this.#agent.destroy();
  }

  /** How long a client waits for an answer, in ms. */
  private patience(): number {
    return this.random.chance(this.#shareOfLeaving) ? this.random.below(maxLeavingMs) : patienceMs;
  }

  private exchange(url: string, { method, path, headers, body }: HttpRequest) {
    const { hostname, port } = new URL(url);
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      const sent = request({ hostname, port, method, path, headers: { ...headers, ...length }, agent: this.#agent });
      const timer = setTimeout(() => sent.destroy(new Error('no answer')), this.patience());
      sent.on('close', () => {
        clearTimeout(timer);
      });
      sent.on('error', reject);
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
        });
      });
      sent.end(body);
    });
  }
}

function outcomeOf(status: number, text: string): Outcome {
  if (status < 300) return 'ok';
  return status >= 500 && (status !== 503 || text.includes('"outcome_unknown"')) ? 'unknown' : 'rejected';
}

/** Another client may have deleted the message that a request names. */
function isDocumented(status: number, text: string): boolean {
  const namesMissing = status === 422 && text.includes('is no message of this session');
  return status < 300 || [404, 409, 503].includes(status) || namesMissing;
}
