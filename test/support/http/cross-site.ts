import type { Answer } from '../rest/client.js';

/** The name by which the tests of foreign pages call this server, beside its address. */
export const ownName = 'chat.example.org';

/** Origins of pages that are not of `ownName`: what they are, and what the browser would send. */
export const foreignOrigins: [string, string][] = [
  ['of another site', 'https://evil.example'],
  ['of no origin, from a sandbox, a file or a redirect', 'null'],
  ['that hides its origin', ''],
  ['of a site that is its neighbour', 'https://evil.example.org'],
  ['of the site above it', 'https://example.org'],
  ['of a site below it', `https://evil.${ownName}`],
  ['of a site that begins like it', `https://${ownName}.evil.example`],
  ['of a site that ends like it', `https://evil${ownName}`],
  ['of a site that looks like it', 'https://chat-example.org'],
  ['of a site that is written like it', 'https://xn--hat-5cd.example.org'],
  ['of its name with a point behind', `https://${ownName}.`],
  ['of its name at another port', `https://${ownName}:8443`],
  ['of its name over no scheme of pages', `ftp://${ownName}`],
  ['of an extension that goes by its name', `chrome-extension://${ownName}`],
  ['of its name before another', `https://${ownName}@evil.example`],
  ['of its name in the address of another', `https://evil.example/https://${ownName}`],
  ['of two origins', `https://${ownName}, https://evil.example`],
  ['of every origin', '*'],
  ['of its name without a scheme', ownName],
  ['of loopback', 'http://localhost'],
];

/** Names in `Host` that lead a foreign page here by its own name, which has been made to point to loopback. */
export const foreignHosts: [string, string][] = [
  ['its own name', 'evil.example'],
  ['its own name at our port', 'evil.example:3000'],
  ['a name below its own', '127.0.0.1.evil.example'],
  ['a name that anybody may use for loopback', '127.0.0.1.nip.io'],
  ['localhost as a name below its own', 'localhost.evil.example'],
  ['localhost and more', 'localhost.localdomain'],
  ['a name below localhost', 'evil.localhost'],
  ['localhost with a point behind', 'localhost.'],
  ['loopback with a point behind', '127.0.0.1.:3000'],
  ['a user at localhost', 'evil@localhost'],
  ['localhost as a user', 'localhost@evil.example'],
  ['two names', 'localhost,evil.example'],
  ['two ports', 'localhost:3000:80'],
  ['an address that is every address', '0.0.0.0'],
  ['loopback as one number', '2130706433'],
  ['loopback as hexadecimal', '0x7f.0.0.1'],
  ['loopback in short', '127.1'],
  ['an address of a network at home', '192.168.0.1'],
];

/** Headers by which something in front may tell the name that it was asked by; nobody in front is believed. */
export const forwardingHeaders = [
  'x-forwarded-host',
  'x-original-host',
  'x-host',
  'x-forwarded-server',
  'x-http-host-override',
];

/** Headers by which some servers let a request be another one than it is. */
export const overridingHeaders = ['x-http-method-override', 'x-http-method', 'x-method-override'];

/** Whether an answer tells a browser that pages of other origins may have it. */
export function permissions({ headers }: Answer<unknown>): string[] {
  return [...headers.keys()].filter((name) => name.startsWith('access-control'));
}
