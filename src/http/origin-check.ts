import type { IncomingHttpHeaders } from 'node:http';
import { HttpError } from './problem.js';

/**
 * A form is sent across origins without asking first: the page that sends it must be of this host, or of an origin that
 * is allowed. Whoever is no page sends neither `Origin` (RFC 6454 section 7.3) nor `Sec-Fetch-Site` (W3C Fetch Metadata).
 * @throws HttpProblem
 */
export function assertAllowedOrigin(headers: IncomingHttpHeaders, allowedOrigins: string[]): void {
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (
    origin === undefined
      ? isSameSite(site)
      : allowedOrigins.includes(origin) || isOriginOfHost(origin, host ?? '', site)
  ) {
    return;
  }
  throw new HttpError(
    403,
    'foreign_origin',
    'Pages of this origin may not call; ALLOWED_ORIGINS lists those that may.',
  );
}

/** By the browser's own word; those that give none send `Origin`. `none` is what a person has begun. */
function isSameSite(site: string | string[] | undefined): boolean {
  return site === undefined || site === 'same-origin' || site === 'none';
}

/** A port may be left out where it is the scheme's own. */
function isOriginOfHost(origin: string, host: string, site: string | string[] | undefined): boolean {
  if (!URL.canParse(origin) || !isSameSite(site)) return false;
  const { protocol, host: ofOrigin } = new URL(origin);
  const address = `${protocol}//${host}`;
  return /^https?:$/.test(protocol) && URL.canParse(address) && new URL(address).host === ofOrigin;
}
