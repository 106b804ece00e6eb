import type { FastifyRequest } from 'fastify';
import { isLoopback, plainIp } from '../common/net.js';
import { hostName } from './host-check.js';
import { proxyTrace } from './proxy-trace.js';

/**
 * True for a program of this machine that has not come through a proxy: the connection and `Host` are loopback, and no
 * header shows a proxy. A proxy of this machine that hides itself and rewrites `Host` passes, too.
 */
export function isDirectCaller({ raw, headers, socket }: FastifyRequest): boolean {
  const ip = plainIp(socket.remoteAddress);
  const name = hostName(headers.host);
  return ip !== undefined && isLoopback(ip) && name !== undefined && isLoopback(name) && proxyTrace(raw) === undefined;
}

/** Whether the query of a URL has `verbose`, whatever its value. */
export function isVerbose(url: string): boolean {
  const [, query = ''] = url.split('?', 2);
  return new URLSearchParams(query).has('verbose');
}
