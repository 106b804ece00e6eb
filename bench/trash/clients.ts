import { Agent } from 'node:http';
import { timedRequest } from '../timed-request.js';
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
        const save = { agent, method: 'POST', path: '/api/v1/messages', owner: firstOther + client, status: 201, body };
        times.push((await timedRequest(url, save)).ms);
      }
    }),
  );
  return times;
}

/** Deletes and purges the large session of the owner of this run. */
export async function deleteSession(url: string, run: number): Promise<void> {
  const path = `/api/v1/sessions/${sessionId}?permanently=true`;
  await timedRequest(url, { agent, method: 'DELETE', path, owner: run + 1, status: 204 });
}

/** Deletes and purges the first message of that session, with all that follow from it. */
export async function deleteMessages(url: string, run: number): Promise<void> {
  const messages = `/api/v1/sessions/${sessionId}/messages`;
  const owner = run + 1;
  const { text } = await timedRequest(url, { agent, method: 'GET', path: `${messages}?limit=1`, owner, status: 200 });
  const [first] = (JSON.parse(text) as { data: { id: string }[] }).data;
  const path = `${messages}/${first?.id}?replies=true&permanently=true`;
  await timedRequest(url, { agent, method: 'DELETE', path, owner, status: 204 });
}

/** The 99.9th percentile. */
export function percentileOf(times: number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.999) - 1] ?? NaN;
}
