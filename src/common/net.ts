import { BlockList, isIP, isIPv6 } from 'node:net';
import { Address6 } from 'ip-address';

const loopbackAddresses = new BlockList();
loopbackAddresses.addSubnet('127.0.0.0', 8, 'ipv4');
loopbackAddresses.addAddress('::1', 'ipv6');

/** Removes the brackets that an IPv6 address has in a URL. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

/** True for the name localhost and for the addresses 127.0.0.0/8 and ::1. */
export function isLoopback(host: string): boolean {
  // Most requests have one of these, and the rest takes longer.
  if (host === 'localhost' || host === '127.0.0.1') return true;
  const family = isIP(host);
  if (family === 0) return host.toLowerCase() === 'localhost';
  return loopbackAddresses.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * An IP address in its usual form: IPv4 for an IPv4-mapped IPv6 address, and without the zone of a link-local one.
 * Undefined for anything else.
 */
export function plainIp(address = ''): string | undefined {
  const [withoutZone = ''] = address.split('%', 1);
  if (!isIPv6(withoutZone)) return isIP(withoutZone) === 0 ? undefined : withoutZone;
  const parsed = new Address6(withoutZone);
  return parsed.isMapped4() ? parsed.to4().correctForm() : parsed.correctForm();
}

/**
 * The networks of an IP address that share limits, the largest first: for IPv6 the /48 and the /56, because a site gets
 * one of them; for IPv4 the address alone.
 */
export function networksOf(address: string | undefined): string[] {
  const ip = plainIp(address) ?? '';
  if (!isIPv6(ip)) return [ip];
  return [48, 56].map((bits) => `${startOfSubnet(ip, bits)}/${bits}`);
}

/**
 * The /64 network of an IPv6 address, because one customer usually gets a whole /64. An IPv4 address is returned as is,
 * and so is the IPv4 address in an IPv4-mapped IPv6 address.
 * @param address undefined if the socket has closed, because it has no address then; the result is empty
 */
export function ipOrSubnet64(address = ''): string {
  const ip = plainIp(address) ?? address.toLowerCase();
  return isIPv6(ip) ? startOfSubnet(ip, 64) : ip;
}

function startOfSubnet(ip: string, bits: number): string {
  return new Address6(`${ip}/${bits}`).startAddress().correctForm();
}
