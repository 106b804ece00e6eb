import { isIPv6 } from 'node:net';
import { Address6 } from 'ip-address';

/** Of an IPv6 address the network of 64 bits, all of which one person has; any other address itself. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address.toLowerCase();
  const parsed = new Address6(address);
  if (parsed.isMapped4()) return parsed.to4().correctForm();
  return new Address6(`${address}/64`).startAddress().correctForm();
}
