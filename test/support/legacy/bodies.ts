import { request } from 'node:http';
import type { Answer } from '../rest/client.js';
import { count, sqlOf } from '../database/access.js';
import { firstAddress, type Encoding, type LegacyAnswer } from './client.js';
import { rawCall } from '../rest/raw.js';
import { noteFields, noteRequest } from '../run/run-record.js';
import type { TestServer } from '../http/server.js';

/** A body and its Content-Type. */
export interface TypedBody {
  body: string | Uint8Array;
  type: string;
}

export const boundary = 'cut-here';
export const formTypes: Record<Encoding, string> = {
  multipart: `multipart/form-data; boundary=${boundary}`,
  urlencoded: 'application/x-www-form-urlencoded',
  json: 'application/json',
};
export const endOfParts = `--${boundary}--\r\n`;

/** A part of a multipart form; `more` follows its name. */
export function part(name: string, value: string, more = ''): string {
  return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
}

/** A body with these fields in this order, which may repeat. Unlike `FormData`, it does not change line ends. */
export function bodyOfPairs(pairs: [string, string][], encoding: Encoding): TypedBody {
  noteFields(pairs);
  const type = formTypes[encoding];
  if (encoding === 'urlencoded') return { type, body: new URLSearchParams(pairs).toString() };
  if (encoding === 'multipart') {
    return { type, body: pairs.map(([name, value]) => part(name, value)).join('') + endOfParts };
  }
  return { type, body: `{${pairs.map((pair) => pair.map((text) => JSON.stringify(text)).join(':')).join()}}` };
}

/** A request to the endpoint with exactly these headers. */
export async function rawLegacy(
  server: TestServer,
  {
    method = 'POST',
    path = firstAddress,
    headers = {},
    body,
  }: { method?: string; path?: string; headers?: Record<string, string>; body?: string | Uint8Array } = {},
): Promise<Answer<LegacyAnswer>> {
  const request = { method, headers, ...(body !== undefined && { body }) };
  return (await rawCall(server.url, path, request)) as Answer<unknown> as Answer<LegacyAnswer>;
}

/** The number of rows of each of our tables. */
export async function rowCounts(server: TestServer): Promise<Record<string, number>> {
  const tables = ['user', 'writeassistdev', 'chat_owners', 'chat_sessions', 'chat'];
  const counts: Record<string, number> = {};
  for (const table of tables) {
    counts[table] = await count(sqlOf(server), table.startsWith('chat') ? `writeassistdev_${table}` : table);
  }
  return counts;
}

/** Expects no HTML, SQL, table name, stack frame or redirect in an answer. */
export function expectNoInternals({ text, headers }: Answer<unknown>): void {
  expect(text).not.toMatch(/<\w|\b(select|insert|update|delete) \w|writeassistdev_|sqlite|mysql|\.[jt]s:\d|at \w+ \(/i);
  expect(headers.get('location')).toBeNull();
}

/** Sends a body, and returns the headers of the answer as they were written, and its bytes. */
export function rawBuffer(
  server: TestServer,
  body: string | Uint8Array,
  headers: Record<string, string>,
): Promise<{ head: string; content: Buffer }> {
  noteRequest(headers, body);
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}${firstAddress}`, { method: 'POST', headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { rawHeaders } = response;
        const lines = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1] ?? ''}`] : []));
        resolve({ head: lines.join('\r\n'), content: Buffer.concat(chunks) });
      });
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
