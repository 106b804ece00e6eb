import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { HttpConfig } from '../config/config.js';
import { isLoopback, withoutBrackets } from '../common/net.js';

/**
 * Whether the request names this server: loopback, the address that it came in by, or a name that is configured. A
 * page of a foreign name that has been made to point here (DNS rebinding) names that. It names one server once: where
 * there is a second name, in another `Host` or in the address itself, somebody in front may have gone by that one.
 */
export function isAllowedHost(request: FastifyRequest, { host, allowedHosts }: HttpConfig): boolean {
  const hosts = request.raw.rawHeaders.filter((name, index) => index % 2 === 0 && /^host$/i.test(name));
  if (hosts.length > 1 || !/^[/*]/.test(request.url)) return false;
  const name = hostName(request.headers.host ?? request.headers[':authority']);
  if (name === undefined) return false;
  return (
    isLoopback(name) ||
    name === host.toLowerCase() ||
    allowedHosts.some((allowed) => withoutBrackets(allowed) === name) ||
    (isIP(name) !== 0 && name === request.socket.localAddress?.replace(/^::ffff:/, ''))
  );
}

/** Of `Host` (RFC 9110 section 7.2), in lower case, without port and brackets; undefined when it is none. */
function hostName(header: string | string[] | undefined): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(String(header ?? ''));
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}
