import { Agent } from 'node:http';
import { timedRequest } from '../timed-request.js';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const statuses: Record<string, number> = { POST: 201, PUT: 201, DELETE: 204 };

interface Sent {
  method: string;
  /** Below /api/v1. */
  path: string;
  body?: object;
  /** By default that of something new, of a deletion, or 200. */
  status?: number;
}

interface TimedAnswer<Body> {
  ms: number;
  body: Body;
}

/** A request of one owner, on a connection that stays open. @returns how long it took in ms @throws Error for another status */
export async function timed<Body>(url: string, sent: Sent): Promise<TimedAnswer<Body>> {
  const { method, path, body, status = statuses[method] ?? 200 } = sent;
  const request = { agent, method, path: `/api/v1${path}`, owner: 1, status, body: body && JSON.stringify(body) };
  const { ms, text } = await timedRequest(url, request);
  return { ms, body: (text === '' ? undefined : JSON.parse(text)) as Body };
}
