import { pieceBytes, type Pieces } from '../../common/in-pieces.js';
import type { FormField } from './form-field.js';
import { parseUrlencoded, writeUrlencoded } from './urlencoded.js';

/** Runs the work, and counts how often it yields. */
function run<Result>(work: Pieces<Result>): { result: Result; yields: number } {
  for (let yields = 0; ; yields++) {
    const { done, value } = work.next();
    if (done) return { result: value, yields };
  }
}

const field = (name: string, value: string | Buffer): FormField => ({
  ...{ name: Buffer.from(name), value: Buffer.from(value as string), isText: true },
});
const pieces = 20;

describe('writeUrlencoded', () => {
  it.each([
    ['nothing', [], ''],
    ['separators and spaces', [field('a b', '&=+ ;'), field('c', '')], 'a+b=%26%3D%2B+%3B&c='],
    ['all of UTF-8', [field('é', '🌍')], '%C3%A9=%F0%9F%8C%8D'],
  ])('writes %s as browsers do', (_what, fields, expected) => {
    expect(run(writeUrlencoded(fields, 1000)).result?.toString()).toBe(expected);
  });

  it.each([
    [8, 'a=%FF%FF'],
    [7, undefined],
  ])('writes at most %i bytes', (max, expected) => {
    expect(run(writeUrlencoded([field('a', Buffer.from([0xff, 0xff]))], max)).result?.toString()).toBe(expected);
  });

  it('counts the separators', () => {
    const fields = [field('a', 'b'), field('c', 'd')];
    expect(run(writeUrlencoded(fields, 7)).result?.toString()).toBe('a=b&c=d');
    expect(run(writeUrlencoded(fields, 6)).result).toBeUndefined();
  });

  it('writes every byte across the pieces, and yields after each', () => {
    const bytes = Buffer.from(Array.from({ length: pieces * pieceBytes }, (_, index) => index % 251));
    const { result, yields } = run(writeUrlencoded([field('a', bytes)], Infinity));
    expect(new URLSearchParams(result?.toString('latin1')).get('a')?.length).toBeGreaterThan(0);
    expect(yields).toBeGreaterThanOrEqual(pieces);
    const back = run(parseUrlencoded(result ?? Buffer.alloc(0), 2));
    expect((back.result as FormField[])[0]?.value.equals(bytes)).toBe(true);
    expect(back.yields).toBeGreaterThanOrEqual(pieces);
  });
});

describe('parseUrlencoded', () => {
  it('decodes an escape that the end of a piece cuts', () => {
    for (const offset of [0, 1, 2, 3]) {
      const text = `${'x'.repeat(pieceBytes - offset)}%41%4`;
      const { result } = run(parseUrlencoded(Buffer.from(`a=${text}`), 2));
      expect((result as FormField[])[0]?.value.toString()).toBe(`${'x'.repeat(pieceBytes - offset)}A%4`);
    }
  });
});
