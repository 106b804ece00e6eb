import type { IncomingHttpHeaders } from 'node:http';
import { HttpProblem } from '../common/problem.js';

/**
 * A form is sent across origins without asking first: the page that sends it must be of this host, or of an origin that
 * is allowed. Whoever is no page sends no `Origin` (RFC 6454 section 7.3).
 * @throws HttpProblem
 */
export function requireOrigin({ origin, host }: IncomingHttpHeaders, allowedOrigins: string[]): void {
  if (origin === undefined || allowedOrigins.includes(origin) || isOf(origin, host ?? '')) return;
  throw new HttpProblem(
    403,
    'foreign_origin',
    'Pages of this origin may not call; ALLOWED_ORIGINS lists those that may',
  );
}

/** A port may be left out where it is the scheme's own. */
function isOf(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host: ofOrigin } = new URL(origin);
  const address = `${protocol}//${host}`;
  return /^https?:$/.test(protocol) && URL.canParse(address) && new URL(address).host === ofOrigin;
}
