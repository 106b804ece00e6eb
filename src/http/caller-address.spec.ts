import { callerAddress } from './caller-address.js';

describe('callerAddress', () => {
  it.each([
    ['192.0.2.1', { 'x-forwarded-for': '192.0.2.1' }],
    ['::ffff:192.0.2.1', { 'x-forwarded-for': '192.0.2.1' }],
    ['2001:DB8::1', { 'x-forwarded-for': '2001:db8::1' }],
    ['unknown', {}],
    // A socket that has closed has no address.
    [undefined, {}],
  ])('%s: %j', (ip, expected) => {
    expect(callerAddress(ip)).toEqual(expected);
  });
});
