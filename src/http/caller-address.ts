import { plainIp } from '../common/net.js';

/**
 * Request headers in which a client could name another address. Moodle prefers `Client-IP` to `X-Forwarded-For` when
 * both are allowed (`$CFG->getremoteaddrconf`).
 */
export const addressHeaders = ['client-ip', 'forwarded', 'x-forwarded-for', 'x-real-ip'];

/**
 * The header that tells Moodle the caller's address. It has that address alone: of a list, old versions of Moodle take
 * the first address and later ones the last, and a login may be bound to its address (`tracksessionip`), so every call
 * must say the same.
 * @param ip `request.ip`, which respects TRUSTED_PROXIES
 */
export function callerAddress(ip: string | undefined): Record<string, string> {
  const address = plainIp(ip);
  return address === undefined ? {} : { 'x-forwarded-for': address };
}
