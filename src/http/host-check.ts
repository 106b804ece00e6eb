import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { HttpConfig } from '../config/config.js';
import { isLoopback, plainIp, withoutBrackets } from '../common/net.js';

/**
 * True unless the request has several `Host` headers or an absolute URL: a proxy in front may have used the other name.
 */
export function namesAtMostOneHost({ raw, url }: FastifyRequest): boolean {
  return /^[/*]/.test(url) && countHosts(raw.rawHeaders) <= 1;
}

/**
 * True if the request's only `Host` is loopback, the IP address of the accepting socket, or a configured name. Protects
 * against DNS rebinding, where a page of another site calls this server under that site's name.
 */
export function isAllowedHost(request: FastifyRequest, { host, allowedHosts }: HttpConfig): boolean {
  if (!namesAtMostOneHost(request)) return false;
  const name = hostName(request.headers.host ?? request.headers[':authority']);
  if (name === undefined) return false;
  if (isLoopback(name)) return true;
  const usual = usualForm(name);
  return (
    usual === usualForm(host.toLowerCase()) ||
    allowedHosts.some((allowed) => usualForm(withoutBrackets(allowed)) === usual) ||
    (isIP(name) !== 0 && usual === request.socket.localAddress?.replace(/^::ffff:/, ''))
  );
}

/** Browsers shorten an IPv6 address, and a configured one may be written in full. */
function usualForm(name: string): string {
  return plainIp(name) ?? name;
}

/** @param rawHeaders names and values in turn */
function countHosts(rawHeaders: string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === 'host') count++;
  }
  return count;
}

/** The host in a `Host` header (RFC 9110 section 7.2), in lower case, without port and brackets; undefined if invalid. */
export function hostName(header: string | string[] | undefined): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(String(header ?? ''));
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}
