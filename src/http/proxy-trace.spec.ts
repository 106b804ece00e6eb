import { proxyTrace } from './proxy-trace.js';

describe('proxyTrace', () => {
  it.each([
    ['forwarded', 'forwarded'],
    ['via', 'via'],
    ['x-forwarded-for', 'x-forwarded-...'],
    ['x-forwarded-proto', 'x-forwarded-...'],
    ['x-forwarded-anything', 'x-forwarded-...'],
    ['x-real-ip', 'x-real-ip'],
    ['x-original-host', 'x-original-...'],
    ['cf-connecting-ip', 'cf-connecting-ip'],
    ['true-client-ip', 'true-client-ip'],
    ['cdn-loop', 'cdn-loop'],
  ])('finds %s', (name, trace) => {
    expect(proxyTrace({ headers: { host: 'localhost', [name]: '' }, httpVersion: '1.1' })).toBe(trace);
  });

  it('finds HTTP/1.0', () => {
    expect(proxyTrace({ headers: { host: '127.0.0.1' }, httpVersion: '1.0' })).toBe('HTTP/1.0');
  });

  it('finds nothing in the request of a browser or of curl', () => {
    for (const headers of [
      { host: 'localhost', 'user-agent': 'Mozilla/5.0', 'sec-fetch-site': 'none', connection: 'keep-alive' },
      {
        host: 'localhost:3000',
        accept: '*/*',
        connection: 'close',
        'x-request-id': 'x',
        'x-forward': '1',
        viaduct: '',
      },
    ]) {
      expect(proxyTrace({ headers, httpVersion: '1.1' })).toBeUndefined();
    }
  });
});
