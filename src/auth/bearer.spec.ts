import { isBearer } from './bearer.js';

describe('isBearer', () => {
  it.each(['Bearer x', 'bearer x', 'BEARER  x', 'Bearer', 'Bearer ', 'Bearer a b'])('accepts %j', (header) => {
    expect(isBearer(header)).toBe(true);
  });

  it.each([undefined, '', 'Basic x', 'Bearerx', 'xBearer x', ' Bearer x', 'Basic bearer'])('rejects %j', (header) => {
    expect(isBearer(header)).toBe(false);
  });
});
