import { atOnce, pieceBytes } from '../../common/in-pieces.js';
import { scanJson } from './json-scanner.js';

const visitor = { name: () => undefined, begin: () => undefined, end: () => undefined, literal: () => undefined };

function isValid(json: string | Buffer): boolean {
  return atOnce(scanJson(Buffer.from(json as string), visitor));
}

/** Whether `JSON.parse` accepts it. */
function parses(json: string): boolean {
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}

describe('scanJson', () => {
  it.each([
    ...['0', '-0', '1', '-1.5e+3', '1E2', '0.0', '01', '1.', '.5', '-', '+1', '1e', '1e+', '0x1', 'Infinity', 'NaN'],
    ...['true', 'false', 'null', 'True', 'nul', 'truefalse', 'true false', '""', '"', '"\\"', '"\\u00e9"', '"\\u00g9"'],
    ...[
      '"\\u12"',
      '"\\x"',
      '"\n"',
      '"\x7f"',
      '"\\ud800"',
      '"é🌍"',
      "'a'",
      '[]',
      '[1]',
      '[1,2]',
      '[,]',
      '[1,]',
      '[1 2]',
    ],
    ...['[', ']', '[]]', '[}', '{}', '{"a":1}', '{"a":1,"b":[{}]}', '{"a"}', '{"a":}', '{"a":1,}', '{,}', '{1:2}'],
    ...['{"a":1 "b":2}', '{"a":1]', '{a:1}', '{"a":1}}', '[{"a":[]}]', '', ' ', ' 1 ', '\t\r\n[ ]\n', '\f1', '\u00a01'],
    ...['1,2', '[1]x', '"a""b"', '{"a":"b":1}', '["a":1]', '[:1]', '{:1}', '/**/1', '1//', '\ufeff1'],
  ])('agrees with JSON.parse about %j', (json) => {
    expect(isValid(json)).toBe(parses(json));
  });

  it('agrees with JSON.parse about random pieces', () => {
    const pieces = ['{', '}', '[', ']', ',', ':', '"a"', '1', 'true', ' ', '"\\n"', '-', '"'];
    let seed = 11;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const different: string[] = [];
    let valid = 0;
    for (let round = 0; round < 10_000; round++) {
      const json = Array.from({ length: 1 + random(6) }, () => pieces[random(pieces.length)]).join('');
      if (isValid(json) !== parses(json)) different.push(json);
      if (parses(json)) valid++;
    }
    expect(different).toEqual([]);
    expect(valid).toBeGreaterThan(100);
  });

  it('accepts a depth of 512, and no more', () => {
    expect(isValid(`${'['.repeat(512)}${']'.repeat(512)}`)).toBe(true);
    expect(isValid(`${'['.repeat(513)}${']'.repeat(513)}`)).toBe(false);
  });

  it.each([
    ['a string', `"${'x'.repeat(20 * pieceBytes)}"`],
    ['a string of escapes', `"${'\\u00e9'.repeat(4 * pieceBytes)}"`],
    ['numbers', `[${'1,'.repeat(10 * pieceBytes)}1]`],
    ['strings', `[${'"ab",'.repeat(5 * pieceBytes)}1]`],
    ['white space', `[${' '.repeat(20 * pieceBytes)}]`],
  ])('yields all along %s', (_what, json) => {
    const work = scanJson(Buffer.from(json), visitor);
    let yields = 0;
    let next = work.next();
    for (; !next.done; next = work.next()) yields++;
    expect(next.value).toBe(true);
    expect(yields).toBeGreaterThanOrEqual(Math.floor(json.length / pieceBytes) - 1);
  });
});
