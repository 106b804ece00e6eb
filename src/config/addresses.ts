import { BlockList, isIP } from 'node:net';
import type { VariableReader } from './reader.js';
import type { VariableName } from './variables.js';

const loopbackAddresses = new BlockList();
loopbackAddresses.addSubnet('127.0.0.0', 8, 'ipv4');
loopbackAddresses.addAddress('::1', 'ipv6');

/** An IPv6 address stands in brackets where a port may follow it. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

/** True for the name localhost and for the addresses 127.0.0.0/8 and ::1. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host.toLowerCase() === 'localhost';
  return loopbackAddresses.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * The address of another service, to which secrets go or whose word is trusted: in the clear over a network only
 * where `clear` says so. No problem quotes it: it may carry a password.
 */
export function readWebAddress(
  reader: VariableReader,
  name: VariableName,
  { clear, insecure }: { clear: boolean; insecure: string },
): URL | undefined {
  const text = reader.optional(name);
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.password || url.search || url.hash) {
    reader.refuse(
      name,
      'must be an http:// or https:// address without user, query or fragment, like https://moodle.example.org',
    );
  } else if (!clear && url.protocol === 'http:' && !isLoopback(withoutBrackets(url.hostname))) {
    reader.refuse(name, insecure);
  }
  return url;
}
