/**
 * Headers that are meant for the next hop only (RFC 9110 sections 7.6.1 and 11.7), and `expect`, which undici does not
 * support. Trailers are not passed on, so `trailer` must not announce any.
 */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

type Headers = Record<string, string | string[] | undefined>;

/** The headers that a proxy passes on: neither those of the connection nor those that `Connection` names. */
export function endToEndHeaders<T extends object>(headers: T): T {
  const { connection } = headers as Headers;
  const named = [connection ?? []].flat().join(',').toLowerCase().split(',');
  const dropped = new Set([...hopByHop, ...named.map((name) => name.trim())]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name.toLowerCase()))) as T;
}
