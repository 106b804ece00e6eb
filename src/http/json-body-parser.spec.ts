import { shortestMs } from '../../test/support/run/shortest-ms.js';
import { atOnce } from '../common/in-pieces.js';
import { JsonText } from '../common/json-text.js';
import { parseJsonBody } from './json-body-parser.js';
import { HttpError } from './problem.js';

const parse = (text: string | Buffer) => atOnce(parseJsonBody(Buffer.from(text)));

function refusalOf(text: string | Buffer): [number, string, string] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof HttpError) return [error.status, error.code, error.message];
    throw error;
  }
  throw new Error('expected an error');
}

describe('parseJsonBody', () => {
  it.each<[string, unknown]>([
    ['{}', {}],
    [' {"a" : 1 } \n', { a: 1 }],
    ['{"a":"","b":null,"c":true,"d":-1.5e3}', { a: '', b: null, c: true, d: -1500 }],
    [String.raw`{"a":"\u0061\"\\","b":"\\\""}`, { a: 'a"\\', b: '\\"' }],
    ['{"a":"b","b":"a","c":"a:","d":"\\"c\\":"}', { a: 'b', b: 'a', c: 'a:', d: '"c":' }],
    ['{"":1}', { '': 1 }],
    ['[1,{"a":1}]', [1, { a: 1 }]],
    ['"text"', 'text'],
    ['null', null],
    ['1e309', Infinity],
    ['{"é🌍":"\u2028\ufeff"}', { 'é🌍': '\u2028\ufeff' }],
    ['{"A":1,"a":2}', { A: 1, a: 2 }],
  ])('parses %s', (text, value) => {
    expect(parse(text)).toEqual(value);
  });

  it.each([
    ['{"a":{"2":1.0,"1":12345678901234567890}}', ['{"2":1.0,"1":12345678901234567890}']],
    ['{ "a" : [ ] , "b":\n{"c":{"d":["]}"]}}\n,"e":1}', ['[ ]', '{"c":{"d":["]}"]}}']],
    ['{"a":{"b":1,"b":2}}', ['{"b":1,"b":2}']],
    ['{"\\u0061":["é\u2028🌍\\ud800"]}', ['["é\u2028🌍\\ud800"]']],
    ['{"x":"[{","a":{},"y":"}]"}', ['{}']],
  ])('keeps the texts of lists and objects in the fields of %s', (text, texts) => {
    const values = Object.values(parse(text) as object).filter((value) => value instanceof JsonText);
    expect(values.map((value) => value.text)).toEqual(texts);
  });

  it('keeps a long text that has a byte order mark inside', () => {
    const text = `{"a":["\ufeff${'é🌍'.repeat(20_000)}"]}`;
    expect(parse(text)).toEqual({ a: new JsonText(text.slice(5, -1)) });
  });

  const long = 'x'.repeat(70_000);
  it.each<[string, string]>([
    ['names', `{${Array.from({ length: 10_001 }, (_, n) => `"n${n}":1`).join()}}`],
    ['values', `{"a":"${long}","b":[${'1,'.repeat(10_001)}1]}`],
    ['lists in lists', `{"a":${'['.repeat(80_000)}${']'.repeat(80_000)}}`],
    ['objects', `{"a":[${'{},'.repeat(30_000)}{}]}`],
    [
      'parts after a text with quotation marks',
      `{"a":${JSON.stringify(`\\" ${long}"\\`)},"b":[${'1,'.repeat(10_001)}1]}`,
    ],
    ['parts, and no end', `{"a":"${long}","b":[${'1,'.repeat(20_000)}`],
  ])('rejects a long body with thousands of %s before parsing it', (_, text) => {
    const parsing = countParsing();
    try {
      expect(refusalOf(text)).toEqual([400, 'too_many_fields', 'The body must have at most 50 fields.']);
      expect(parsing.calls).toBe(0);
    } finally {
      parsing.restore();
    }
  });

  it.each<[string, string]>([
    ['punctuation', '{[,:]}'.repeat(20_000)],
    ['quotation marks and backslashes', '\\"\\\\,:{['.repeat(20_000)],
    ['line breaks and other letters', '\n,\u00e9:\ud83d\ude00['.repeat(20_000)],
  ])('parses a long string of %s unchanged', (_, content) => {
    expect(parse(JSON.stringify({ content, role: 'user' }))).toEqual({ content, role: 'user' });
  });

  it('returns undefined for an empty body', () => {
    expect(parse('')).toBeUndefined();
  });

  it('ignores a byte order mark', () => {
    expect(parse('\ufeff{"a":"\ufeff"}')).toEqual({ a: '\ufeff' });
  });

  it('keeps names that every object inherits', () => {
    const value = parse('{"__proto__":{"x":1},"constructor":2}') as object;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect('x' in value).toBe(false);
  });

  it.each<[string, string | Buffer]>([
    ['spaces', '  '],
    ['half an object', '{"a":1'],
    ['two values', '1 2'],
    ['a comma too many', '[1,]'],
    ['a line break in a string', '"a\nb"'],
    ['a word', 'undefined'],
    ['a lone byte', Buffer.from([0x22, 0x80, 0x22])],
    ['a character in too many bytes', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
    ['half of a pair in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['UTF-16', Buffer.from('{}', 'utf16le')],
  ])('rejects %s as malformed without quoting it', (_, text) => {
    expect(refusalOf(text)).toEqual([400, 'malformed_json', 'The body is not valid JSON in UTF-8.']);
  });

  it.each([
    ['{"a":1,"a":1}', 'a'],
    ['{"a":1,"b":2,"a":3}', 'a'],
    ['{"a":1, "\\u0061" : 2}', 'a'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"":1,"":2}', ''],
    [String.raw`{"a\"":"\\","a\"":"x"}`, 'a\\"'],
    [String.raw`{"x":"\\\\","a":"\\\"","a":""}`, 'a'],
    ['{"a":{"b":1},"a":2}', 'a'],
    ['{"b":{"a":{"a":1}},"a":2,"c":[],"a":[]}', 'a'],
    ['{"a":[{"b":1}],"a":null}', 'a'],
  ])('rejects the repeated field in %s', (text, name) => {
    expect(refusalOf(text)).toEqual([400, 'repeated_field', `The body has the field "${name}" more than once.`]);
  });

  it('shortens a long name in the message', () => {
    const name = 'x'.repeat(1000);
    expect(refusalOf(`{"${name}":1,"${name}":2}`)[2]).toBe(
      `The body has the field "${'x'.repeat(40)}" more than once.`,
    );
  });

  it.each([
    ['quotes and backslashes', `{"a":"${'\\"'.repeat(1_000_000)}"}`],
    ['backslashes', `{"a":"${'\\\\'.repeat(1_000_000)}"}`],
    ['colons', `{"a":"${'\\":'.repeat(500_000)}"}`],
  ])('parses very many %s quickly', async (_, text) => {
    expect(await shortestMs(2000, () => parse(text))).toBeLessThan(2000);
  });
});

/** Counts the calls of JSON.parse. */
function countParsing(): { calls: number; restore(): void } {
  const { parse: original } = JSON;
  const spy = {
    calls: 0,
    restore: () => {
      JSON.parse = original;
    },
  };
  JSON.parse = (...given) => {
    spy.calls++;
    return original(...given) as unknown;
  };
  return spy;
}
