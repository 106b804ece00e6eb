import type { IncomingMessage } from 'node:http';

/** Headers that only proxies send: RFC 7239, RFC 9110 section 7.6.3, RFC 8586, and what is common besides. */
const proxyHeaders =
  /^(forwarded|via|cdn-loop|x-forwarded(-.+)?|x-real-ip|x-original-.+|(x-|x-cluster-|true-|cf-)(client|connecting)-ip)$/;

/**
 * What shows that a request came through a proxy: the name of a header, or HTTP/1.0, which nginx uses by default and no
 * browser does. Undefined if nothing does; a proxy need not show.
 */
export function proxyTrace({
  headers,
  httpVersion,
}: Pick<IncomingMessage, 'headers' | 'httpVersion'>): string | undefined {
  if (httpVersion === '1.0') return 'HTTP/1.0';
  const name = Object.keys(headers).find((header) => proxyHeaders.test(header));
  // Only known names are quoted: the caller chooses the rest.
  return name?.replace(/^(x-forwarded|x-original)-.*/, '$1-...');
}
