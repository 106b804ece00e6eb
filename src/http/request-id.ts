import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const safePattern = /^[A-Za-z0-9._:-]{1,64}$/;

/** The caller's `X-Request-Id` if it is harmless in a log and a header; a random one otherwise. */
export function toRequestId({ headers }: { headers: IncomingHttpHeaders }): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && safePattern.test(given) ? given : randomUUID();
}
