import type { IncomingHttpHeaders } from 'node:http';
import { isAllowedOrigin, type OriginConfig } from './allowed-origins.js';
import { HttpError } from './problem.js';

/**
 * Protects against cross-site request forgery: browsers send forms to other origins without a preflight, so the page
 * must be of this host or of an allowed origin. Decides by `Origin` (RFC 6454 section 7.3) and `Sec-Fetch-Site` (W3C
 * Fetch Metadata). Clients other than browsers send neither and are accepted.
 * @throws HttpError 403
 */
export function assertAllowedOrigin(headers: IncomingHttpHeaders, config: OriginConfig): void {
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (
    origin === undefined
      ? isSameSite(site)
      : isAllowedOrigin(origin, config) || isOriginOfHost(origin, host ?? '', site)
  ) {
    return;
  }
  throw new HttpError(
    403,
    'foreign_origin',
    'Pages of this origin may not call this server; ALLOWED_ORIGINS lists the origins that may.',
  );
}

/** Browsers that do not send `Sec-Fetch-Site` send `Origin`. `none` means that the user started the request. */
function isSameSite(site: string | string[] | undefined): boolean {
  return site === undefined || site === 'same-origin' || site === 'none';
}

/** Compares the hosts as URLs, in which the default port of the scheme may be omitted. */
function isOriginOfHost(origin: string, host: string, site: string | string[] | undefined): boolean {
  if (!URL.canParse(origin) || !isSameSite(site)) return false;
  const { protocol, host: originHost } = new URL(origin);
  const url = `${protocol}//${host}`;
  return /^https?:$/.test(protocol) && URL.canParse(url) && new URL(url).host === originHost;
}
