import { Agent, request as send } from 'node:http';
import { signToken } from '../../test/faults/clients/token.js';
import { sessionId } from './data.js';

const connections = 8;
/** Owners whose messages are not purged have ids from here on. */
const firstOther = 100;
const body = JSON.stringify({ role: 'user', content: 'How long is the Nile, and where does it begin? '.repeat(8) });
const agent = new Agent({ keepAlive: true, maxSockets: connections + 1 });

/** Saves on all connections for so long, each for another owner. @returns how long each save took in ms */
export async function saveFor(url: string, ms: number): Promise<number[]> {
  const end = performance.now() + ms;
  const times: number[] = [];
  await Promise.all(
    Array.from({ length: connections }, async (_, client) => {
      while (performance.now() < end) {
        times.push(await timed(url, 'POST', '/api/v1/messages', firstOther + client, 201, body));
      }
    }),
  );
  return times;
}

/** Deletes and purges the large session of the owner of this run. */
export async function deleteSession(url: string, run: number): Promise<void> {
  await timed(url, 'DELETE', `/api/v1/sessions/${sessionId}?permanently=true`, run + 1, 204);
}

/** The 99.9th percentile. */
export function percentileOf(times: number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.999) - 1] ?? NaN;
}

/** @returns how long the answer took in ms @throws Error for another status */
function timed(
  url: string,
  method: string,
  path: string,
  owner: number,
  status: number,
  content?: string,
): Promise<number> {
  const start = performance.now();
  const headers = {
    authorization: `Bearer ${signToken(owner)}`,
    ...(content !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
  };
  return new Promise((resolve, reject) => {
    const sent = send(new URL(path, url), { method, agent, headers }, (response) => {
      response.resume().on('end', () => {
        if (response.statusCode === status) resolve(performance.now() - start);
        else reject(new Error(`${method} ${path} was answered ${String(response.statusCode)}`));
      });
    });
    sent.on('error', reject).end(content);
  });
}
