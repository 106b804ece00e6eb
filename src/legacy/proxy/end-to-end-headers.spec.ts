import { endToEndHeaders } from './end-to-end-headers.js';

describe('endToEndHeaders', () => {
  it.each([
    'connection',
    'keep-alive',
    'proxy-authenticate',
    'proxy-authentication-info',
    'proxy-authorization',
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'expect',
  ])('drops %s', (name) => {
    expect(endToEndHeaders({ [name]: 'x', accept: '*/*' })).toEqual({ accept: '*/*' });
  });

  it.each(['close, X-Hop', 'x-hop', ',x-hop ,', ['close', 'X-HOP']])(
    'drops what Connection names: %j',
    (connection) => {
      expect(endToEndHeaders({ connection, 'x-hop': '1', 'x-hope': ['2', '3'] })).toEqual({ 'x-hope': ['2', '3'] });
    },
  );
});
