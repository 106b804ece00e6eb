import { toRequestId } from './request-id.js';

describe('toRequestId', () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

  it.each(['a', 'A.b_c:d-9', 'x'.repeat(64)])("uses the client's id %s", (given) => {
    expect(toRequestId({ headers: { 'x-request-id': given } })).toBe(given);
  });

  it.each<[string, string | string[] | undefined]>([
    ['missing', undefined],
    ['empty', ''],
    ['too long', 'x'.repeat(65)],
    ['spaces', 'a b'],
    ['a line break', 'a\n'],
    ['a comma', 'a,b'],
    ['quotes', '"a"'],
    ['beyond ASCII', 'ä'],
    ['a list', ['a', 'b']],
  ])('generates an id if the given one is %s', (_, given) => {
    const headers = given === undefined ? {} : { 'x-request-id': given as string };
    expect(toRequestId({ headers })).toMatch(uuid);
  });

  it('generates different ids', () => {
    const ids = Array.from({ length: 100 }, () => toRequestId({ headers: {} }));
    expect(new Set(ids).size).toBe(100);
  });
});
