import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const safePattern = /^[A-Za-z0-9._:-]{1,64}$/;

/** The client's `X-Request-Id` if it is safe in a log and a header (1 to 64 of `A-Z a-z 0-9 . _ : -`), or a random UUID. */
export function toRequestId({ headers }: { headers: IncomingHttpHeaders }): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && safePattern.test(given) ? given : randomUUID();
}
