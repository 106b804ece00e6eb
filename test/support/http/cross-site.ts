import type { Answer } from '../rest/client.js';

/** The host name of this server in the tests of foreign pages. */
export const ownName = 'chat.example.org';

/** Origins other than those of `ownName`: a description, and the value of the header. */
export const foreignOrigins: [string, string][] = [
  ['of another site', 'https://evil.example'],
  ['of no origin, from a sandbox, a file or a redirect', 'null'],
  ['that hides its origin', ''],
  ['of a sibling domain', 'https://evil.example.org'],
  ['of the parent domain', 'https://example.org'],
  ['of a subdomain', `https://evil.${ownName}`],
  ['of a site whose name begins like its name', `https://${ownName}.evil.example`],
  ['of a site whose name ends like its name', `https://evil${ownName}`],
  ['of a site whose name looks like its name', 'https://chat-example.org'],
  ['of a site with a homograph of its name', 'https://xn--hat-5cd.example.org'],
  ['of its name with a trailing dot', `https://${ownName}.`],
  ['of its name at another port', `https://${ownName}:8443`],
  ['of its name with the scheme ftp', `ftp://${ownName}`],
  ['of a browser extension with its name', `chrome-extension://${ownName}`],
  ['with its name as the user', `https://${ownName}@evil.example`],
  ['with its name in the path', `https://evil.example/https://${ownName}`],
  ['of two origins', `https://${ownName}, https://evil.example`],
  ['of every origin', '*'],
  ['of its name without a scheme', ownName],
  ['of loopback', 'http://localhost'],
];

/** Values of `Host` in a DNS rebinding attack: names of the attacker that resolve to loopback. */
export const foreignHosts: [string, string][] = [
  ["the attacker's name", 'evil.example'],
  ["the attacker's name with our port", 'evil.example:3000'],
  ["a subdomain of the attacker's name that begins with loopback", '127.0.0.1.evil.example'],
  ['a public name for loopback', '127.0.0.1.nip.io'],
  ["localhost as a subdomain of the attacker's name", 'localhost.evil.example'],
  ['localhost with a domain', 'localhost.localdomain'],
  ['a subdomain of localhost', 'evil.localhost'],
  ['localhost with a trailing dot', 'localhost.'],
  ['loopback with a trailing dot', '127.0.0.1.:3000'],
  ['a user at localhost', 'evil@localhost'],
  ['localhost as a user', 'localhost@evil.example'],
  ['two names', 'localhost,evil.example'],
  ['two ports', 'localhost:3000:80'],
  ['the unspecified address', '0.0.0.0'],
  ['loopback as one number', '2130706433'],
  ['loopback as hexadecimal', '0x7f.0.0.1'],
  ['loopback in short form', '127.1'],
  ['a private address', '192.168.0.1'],
];

/** Headers in which a proxy may report the requested host; none of them is trusted. */
export const forwardingHeaders = [
  'x-forwarded-host',
  'x-original-host',
  'x-host',
  'x-forwarded-server',
  'x-http-host-override',
];

/** Headers with which some servers let a client override the method. */
export const overridingHeaders = ['x-http-method-override', 'x-http-method', 'x-method-override'];

/** The names of the CORS headers of an answer. */
export function permissions({ headers }: Answer<unknown>): string[] {
  return [...headers.keys()].filter((name) => name.startsWith('access-control'));
}
