import { ipOrSubnet64, isLoopback, networksOf, plainIp } from './net.js';

describe('isLoopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.255.255.254', true],
    ['::1', true],
    ['0:0:0:0:0:0:0:1', true],
    ['localhost', true],
    ['LocalHost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['128.0.0.1', false],
    ['126.255.255.255', false],
    ['10.0.0.1', false],
    ['192.168.1.1', false],
    ['::2', false],
    ['fe80::1', false],
    ['localhost.example.org', false],
    ['127.0.0.1.example.org', false],
    ['127.1', false],
    ['', false],
  ])('%j: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});

describe('ipOrSubnet64', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::'],
    ['::1', '::'],
    // A socket that has closed has no address.
    [undefined, ''],
  ])('%s: %j', (address, expected) => {
    expect(ipOrSubnet64(address)).toBe(expected);
  });
});

describe('plainIp', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:C000:0201', '192.0.2.1'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['192.0.2.1:80', undefined],
    ['unknown', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s: %s', (address, expected) => {
    expect(plainIp(address)).toBe(expected);
  });
});

describe('networksOf', () => {
  it.each([
    ['192.0.2.1', ['192.0.2.1']],
    ['::ffff:192.0.2.1', ['192.0.2.1']],
    ['2001:db8:1:2ff:3:4:5:6', ['2001:db8:1::/48', '2001:db8:1:200::/56']],
    ['2001:DB8:1:300::', ['2001:db8:1::/48', '2001:db8:1:300::/56']],
    ['fe80::1%eth0', ['fe80::/48', 'fe80::/56']],
    [undefined, ['']],
  ])('%s: %j', (address, expected) => {
    expect(networksOf(address)).toEqual(expected);
  });
});
