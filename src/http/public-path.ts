import { BlockList, isIPv6 } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { HttpConfig } from '../config/config.js';
import { plainPathPrefix } from '../config/urls.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** The path under which a proxy publishes this server, like `/chat-api`; empty for the root of the site. */
    pathPrefixOf: (request: FastifyRequest) => string;
  }
}

/**
 * The path of one of this server's routes as the client must use it, for every URL that the server gives out.
 * @param path begins with a slash
 */
export function publicPath(request: FastifyRequest, path: string): string {
  return `${request.server.pathPrefixOf(request)}${path}`;
}

/**
 * Sets the path prefix: the path of PUBLIC_URL if that is set. Otherwise it is `X-Forwarded-Prefix` if the request comes
 * from a trusted proxy and the header is a plain path. On the server, since requests whose URL cannot be decoded have no
 * decorations.
 */
export function addPathPrefix(fastify: FastifyInstance, { publicUrl, trustedProxies }: HttpConfig): void {
  const configured = publicUrl && plainPathPrefix(publicUrl.pathname);
  const proxies = toBlockList(trustedProxies);
  fastify.decorate('pathPrefixOf', ({ headers, socket }: FastifyRequest) => {
    if (configured !== undefined) return configured;
    const header = headers['x-forwarded-prefix'];
    if (typeof header !== 'string' || !isTrusted(socket.remoteAddress)) return '';
    return plainPathPrefix(header) ?? '';
  });

  function isTrusted(address = ''): boolean {
    return address !== '' && proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  }
}

/**
 * Makes the router accept paths that begin with the path of PUBLIC_URL, for proxies that do not remove it. A path that
 * has a route as it is stays: the path of PUBLIC_URL may also be that of a route, like `/api`.
 * @param hasRoute whether a path without the query has a route
 * @returns the URL to route instead
 */
export function createUrlRewriter({ publicUrl }: HttpConfig, hasRoute: (path: string) => boolean) {
  const prefix = plainPathPrefix(publicUrl?.pathname ?? '/');
  return ({ url = '/' }: { url?: string }): string => {
    if (!prefix || !url.startsWith(`${prefix}/`)) return url;
    return hasRoute(url.split('?', 1)[0] ?? '/') ? url : url.slice(prefix.length);
  };
}

/** @param proxies IP addresses and CIDR networks */
export function toBlockList(proxies: string[]): BlockList {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}
