import { request as send, type Agent } from 'node:http';
import { signToken } from '../test/faults/clients/token.js';

interface TimedRequest {
  agent: Agent;
  method: string;
  path: string;
  owner: number;
  status: number;
  /** JSON. */
  body?: string | undefined;
}

/** Sends a request of an owner. @returns how long the answer took in ms, and its body @throws Error for another status */
export function timedRequest(
  url: string,
  { agent, method, path, owner, status, body }: TimedRequest,
): Promise<{ ms: number; text: string }> {
  const start = performance.now();
  const headers = {
    authorization: `Bearer ${signToken(owner)}`,
    ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
  };
  return new Promise((resolve, reject) => {
    const sent = send(new URL(path, url), { method, agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const ms = performance.now() - start;
        if (response.statusCode === status) resolve({ ms, text: Buffer.concat(chunks).toString() });
        else reject(new Error(`${method} ${path} was answered ${String(response.statusCode)}`));
      });
    });
    sent.on('error', reject).end(body);
  });
}
