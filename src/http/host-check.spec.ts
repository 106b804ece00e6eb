import type { FastifyRequest } from 'fastify';
import { foreignHosts, ownName } from '../../test/support/http/cross-site.js';
import type { HttpConfig } from '../config/config.js';
import { isAllowedHost } from './host-check.js';

const names = (
  host: string | undefined,
  config: Partial<HttpConfig> = {},
  localAddress = '127.0.0.1',
  {
    url = '/',
    hosts = host === undefined ? [] : [host],
    others = [],
    socket = { localAddress },
  }: { url?: string; hosts?: string[]; others?: string[]; socket?: { localAddress?: string } } = {},
) => {
  const rawHeaders = ['Accept', 'Host', ...others, ...hosts.flatMap((one) => ['Host', one])];
  const request = { url, headers: { host }, raw: { rawHeaders }, socket };
  const http = {
    host: '127.0.0.1',
    isLoopback: true,
    port: 3000,
    healthPort: undefined,
    publicUrl: undefined,
    allowedOrigins: [],
    allowLoopbackOrigins: false,
    allowedHosts: [],
    trustedProxies: [],
    shutdownSeconds: 1,
    ...config,
  };
  return isAllowedHost(request as unknown as FastifyRequest, http);
};

describe('isAllowedHost', () => {
  it.each([
    'localhost',
    'LocalHost:3000',
    'localhost:0',
    '127.0.0.1',
    '127.0.0.1:65535',
    '127.255.255.254',
    '[::1]',
    '[::1]:3000',
    '[0:0:0:0:0:0:0:1]',
  ])('accepts loopback %s', (host) => {
    expect(names(host)).toBe(true);
  });

  it.each([
    undefined,
    '',
    ' ',
    'evil.example',
    'localhost.evil.example',
    'evil.localhost.example',
    'localhost.',
    'xlocalhost',
    '127.0.0.1.evil.example',
    '127.1',
    '0x7f000001',
    '2130706433',
    '0.0.0.0',
    '128.0.0.1',
    '[::]',
    '[::2]',
    '::1',
    '[::1',
    'localhost:',
    'localhost:x',
    'localhost:123456',
    'localhost:3000:3000',
    'localhost, evil.example',
    'http://localhost',
    'user@localhost',
    'localhost/',
    'localhost\n',
  ])('rejects %j', (host) => {
    expect(names(host)).toBe(false);
  });

  it.each(foreignHosts)('rejects %s', (_, host) => {
    expect(names(host, { allowedHosts: [ownName] })).toBe(false);
  });

  it('rejects several Host headers and absolute URLs', () => {
    expect(names('localhost', {}, '127.0.0.1', { hosts: ['localhost', 'evil.example'] })).toBe(false);
    expect(names('localhost', {}, '127.0.0.1', { hosts: ['localhost', 'localhost'] })).toBe(false);
    for (const url of ['http://evil.example/', 'http://localhost/livez', 'evil.example:80']) {
      expect([url, names('localhost', {}, '127.0.0.1', { url })]).toEqual([url, false]);
    }
    expect(names('localhost', {}, '127.0.0.1', { url: '*' })).toBe(true);
  });

  it('ignores headers whose name only begins or ends with Host', () => {
    const others = ['X-Host', 'evil.example', 'Host-Override', 'evil.example'];
    expect(names('localhost', {}, '127.0.0.1', { others })).toBe(true);
  });

  it('accepts the configured HOST', () => {
    expect(names('chat.internal:3000', { host: 'Chat.Internal' })).toBe(true);
    expect(names('chat.internal', { host: 'other.internal' })).toBe(false);
  });

  it('accepts the IP address of the accepting socket', () => {
    const everywhere = { host: '0.0.0.0' };
    expect(names('192.0.2.7:3000', everywhere, '192.0.2.7')).toBe(true);
    expect(names('192.0.2.7', everywhere, '::ffff:192.0.2.7')).toBe(true);
    expect(names('[2001:db8::7]', everywhere, '2001:db8::7')).toBe(true);
    expect(names('[2001:db8::ffff:7]', everywhere, '2001:db8::ffff:7')).toBe(true);
    expect(names('192.0.2.8', everywhere, '192.0.2.7')).toBe(false);
    // The connection has ended meanwhile.
    expect(names('192.0.2.7', everywhere, '', { socket: {} })).toBe(false);
  });

  it('compares IPv6 addresses in their usual form', () => {
    const config = { allowedHosts: ['2001:db8:0:0::1', '[2001:db8::0:2]'], host: '2001:db8:0::3' };
    for (const host of ['[2001:db8::1]', '[2001:db8::2]', '[2001:db8:0:0::1]', '[2001:db8::3]:3000']) {
      expect([host, names(host, config)]).toEqual([host, true]);
    }
    expect(names('[2001:db8::4]', config)).toBe(false);
    expect(names('[2001:db8:0::7]', { host: '::' }, '2001:db8::7')).toBe(true);
  });

  it('accepts names in ALLOWED_HOSTS', () => {
    const config = { allowedOrigins: [], allowedHosts: ['chat.example', '[2001:db8::1]', '192.0.2.9'] };
    for (const host of ['chat.example', 'CHAT.example:443', '[2001:db8::1]:80', '[2001:DB8::1]', '192.0.2.9']) {
      expect([host, names(host, config)]).toEqual([host, true]);
    }
    for (const host of ['a.chat.example', 'chat.example.', 'chat_example', 'example', '2001:db8::1']) {
      expect([host, names(host, config)]).toEqual([host, false]);
    }
  });
});
