import { Agent, request as send } from 'node:http';
import { signToken } from '../../test/faults/clients/token.js';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

interface Sent {
  method: string;
  /** Below /api/v1. */
  path: string;
  body?: object;
}

/** An answer, and how long it took in ms. */
export interface TimedAnswer<Body> {
  ms: number;
  body: Body;
}

/** A request of one owner, on a connection that stays open. @throws Error for a status that is no success */
export function timed<Body>(url: string, { method, path, body }: Sent): Promise<TimedAnswer<Body>> {
  const content = body && JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${signToken(1)}`,
    ...(content && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
  };
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const sent = send(new URL(`/api/v1${path}`, url), { method, agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const ms = performance.now() - start;
        const text = Buffer.concat(chunks).toString();
        const { statusCode = 0 } = response;
        if (statusCode >= 300) reject(new Error(`${method} ${path} was answered ${statusCode}: ${text}`));
        else resolve({ ms, body: (text === '' ? undefined : JSON.parse(text)) as Body });
      });
    });
    sent.on('error', reject).end(content);
  });
}
