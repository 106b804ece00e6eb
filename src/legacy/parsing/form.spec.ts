import { DomainError } from '../../common/domain-error.js';
import { atOnce } from '../../common/in-pieces.js';
import { HttpError } from '../../http/problem.js';
import { decodeFields, fieldsOf, parseForm, parseObject } from './form.js';

const urlencoded = 'application/x-www-form-urlencoded';
const multipart = 'multipart/form-data; boundary=cut';

/** A part of a multipart form; `more` follows its name. */
const part = (name: string, value: string, more = '') =>
  `--cut\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
const end = '--cut--\r\n';

function formOf(body: string | Buffer, type: string): [string, unknown][] {
  const fields = fieldsOf(atOnce(parseForm(Buffer.from(body as string, 'utf8'), type)));
  return [...decodeFields(fields, [...fields.keys()])];
}

function codeOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof HttpError || error instanceof DomainError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('a urlencoded form', () => {
  it.each<[string, string, [string, string][]]>([
    ['one field', 'a=b', [['a', 'b']]],
    ['an empty value', 'a=', [['a', '']]],
    ['no value', 'a', [['a', '']]],
    ['equals signs', 'a=b=c', [['a', 'b=c']]],
    ['spaces in two ways', 'a=b+c%20d', [['a', 'b c d']]],
    ['a plus', 'a=b%2Bc', [['a', 'b+c']]],
    ['an escaped name', '%61=b', [['a', 'b']]],
    ['line ends', 'a=%0D%0A%0A%0D', [['a', '\r\n\n\r']]],
    ['letters of four bytes', 'a=%F0%9F%8C%8D', [['a', '🌍']]],
    ['letters that are not escaped', 'a=🌍é', [['a', '🌍é']]],
    ['a byte order mark', 'a=%EF%BB%BFx', [['a', '\ufeffx']]],
    ['the replacement character, escaped', 'a=%EF%BF%BD', [['a', '\ufffd']]],
    ['the replacement character as it is', 'a=\ufffd', [['a', '\ufffd']]],
    [
      'empty fields',
      'a=b&&c=d&',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a lone percent sign',
      'a=100%&b=c',
      [
        ['a', '100%'],
        ['b', 'c'],
      ],
    ],
    ['half of an escape', 'a=%4', [['a', '%4']]],
    ['an invalid escape', 'a=%zz%4g', [['a', '%zz%4g']]],
    ['a percent sign before an escape', 'a=%%41', [['a', '%A']]],
    ['an escape of an escape', 'a=%2541', [['a', '%41']]],
    [
      'names that every object inherits',
      '__proto__=a&constructor=b',
      [
        ['__proto__', 'a'],
        ['constructor', 'b'],
      ],
    ],
    ['a bracket at the start of a name', '[a]=b', [['[a]', 'b']]],
    ['no fields', '', []],
  ])('is parsed with %s', (_, body, expected) => {
    expect(formOf(body, urlencoded)).toEqual(expected);
  });

  it.each([
    ['a byte that UTF-8 does not use', 'a=%FF'],
    ['a letter of Latin 1', 'a=%E9'],
    ['a character in too many bytes', 'a=%C0%AF'],
    ['half of a pair', 'a=%ED%A0%80'],
    ['a cut letter', 'a=%F0%9F%8C'],
    ['a letter cut by the next field', 'a=%F0%9F&b=%8C%8D'],
    ['one invalid field among valid ones', 'a=%EF%BF%BD&b=%FF&c=%EF%BF%BD'],
    ['a byte that is not escaped', Buffer.from('a=\xe9', 'latin1')],
  ])('is rejected with %s', (_, body) => {
    expect(codeOf(() => formOf(body, urlencoded))).toBe('malformed_form');
  });
});

describe('a multipart form', () => {
  it.each<[string, string, [string, string][]]>([
    ['one part', part('a', 'b') + end, [['a', 'b']]],
    [
      'blanks around the value of a header',
      part('a', 'b').replace(' form-data', '\t  form-data').replace('"\r', '"\t \r') + end,
      [['a', 'b']],
    ],
    ['an empty part', part('a', '') + end, [['a', '']]],
    ['no part', end, []],
    ['line ends', part('a', '\r\n\n\r') + end, [['a', '\r\n\n\r']]],
    ['text that looks like a boundary', part('a', '\r\n--cu\r\n-cut') + end, [['a', '\r\n--cu\r\n-cut']]],
    ['escapes, which it does not decode', part('a', '%41+') + end, [['a', '%41+']]],
    ['letters of four bytes', part('a', '🌍') + end, [['a', '🌍']]],
    ['the replacement character', part('a', '\ufffd') + end, [['a', '\ufffd']]],
    ['text after the last part', `${part('a', 'b')}${end}bye`, [['a', 'b']]],
    ['names that every object inherits', part('__proto__', 'b') + end, [['__proto__', 'b']]],
  ])('is parsed with %s', (_, body, expected) => {
    expect(formOf(body, multipart)).toEqual(expected);
  });

  it.each<[string, string | Buffer]>([
    ['without its end', part('a', 'b')],
    ['without a byte', ''],
    ['cut in its boundary', '--c'],
    ['with text before its first part', `hello\r\n${part('a', 'b')}${end}`],
    ['with a line end before its first part', `\r\n${part('a', 'b')}${end}`],
    ['with a blank after a boundary', part('a', 'b').replace('cut', 'cut ') + end],
    ['with line feeds alone', (part('a', 'b') + end).replaceAll('\r', '')],
    ['with a part that has no name', part('a', 'b').replace('; name="a"', '') + end],
    ['with a part that has no headers', `--cut\r\n\r\nb\r\n${end}`],
    ['with a part of another disposition', part('a', 'b').replace('form-data', 'attachment') + end],
    ['with a part of two dispositions', part('a', 'b', '\r\nContent-Disposition: form-data; name="c"') + end],
    ['with a part of two names', part('a', 'b', '; name="c"') + end],
    // A regular expression that trims would take minutes.
    ['with thousands of blanks in a header', part('a', 'b', `\r\nA: ${' '.repeat(7000)}\r`) + end],
    ['with a folded header', part('a', 'b', ';\r\n filename="x"') + end],
    ['with a part in base64', part('a', 'Yg==', '\r\nContent-Transfer-Encoding: base64') + end],
    ['with an escape in a name', part('a\\"b', 'c') + end],
    ['with endless headers', part('a', 'b', `\r\nX-A: ${'x'.repeat(100_000)}`) + end],
    ['with a value that is not UTF-8', Buffer.from(part('a', '\xff') + end, 'latin1')],
  ])('%s is rejected', (_, body) => {
    expect(codeOf(() => formOf(body, multipart))).toBe('malformed_form');
  });

  it.each([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=other',
    'multipart/form-data; boundary=CUT',
    'multipart/form-data; boundary=cut; boundary=cut',
    'multipart/form-data; x="; boundary=other"; boundary=cut',
    'multipart/form-data; boundary=c"ut"',
    "multipart/form-data; boundary*=utf-8''cut",
    'multipart/form-data, boundary=cut',
    'multipart/mixed; boundary=cut',
  ])('is rejected as %s', (type) => {
    expect(codeOf(() => formOf(part('a', 'b') + end, type))).toBe('malformed_form');
  });
});

describe('fields', () => {
  it.each([
    ['a=b&a=c', 'repeated_field'],
    ['a=b&a=b', 'repeated_field'],
    ['a&%61', 'repeated_field'],
    ['a[]=b', 'invalid_parameter'],
    ['a%5B%5D=b', 'invalid_parameter'],
    ['a[b]=c', 'invalid_parameter'],
    ['a[=b', 'invalid_parameter'],
    ['a=b&a[]=c', 'invalid_parameter'],
    ['a[]=b&a=c', 'repeated_field'],
    ['__proto__[a]=b', 'invalid_parameter'],
  ])('%s are rejected', (body, code) => {
    expect(codeOf(() => formOf(body, urlencoded))).toBe(code);
    const parts = new URLSearchParams(body);
    const form = [...parts].map(([name, value]) => part(name, value)).join('') + end;
    expect(codeOf(() => formOf(form, multipart))).toBe(code);
  });

  it.each([
    ['+action=x', 'action'],
    ['%20%20action=x', 'action'],
    ['action%00=x', 'action'],
    ['action%00y=x', 'action'],
  ])('get the names that PHP gives them: %s', (body, name) => {
    expect(formOf(body, urlencoded)).toEqual([[name, 'x']]);
    expect(codeOf(() => formOf(`${body}&action=y`, urlencoded))).toBe('repeated_field');
  });

  it('must not be files', () => {
    const file = part('a', 'b', '; filename="a.txt"') + end;
    expect(codeOf(() => formOf(file, multipart))).toBe('invalid_parameter');
  });

  it.each([
    [50, 'accepted'],
    [51, 'too_many_fields'],
    [999, 'too_many_fields'],
    [5000, 'too_many_fields'],
  ])('%s of them: %s', (count, code) => {
    const names = Array.from({ length: count }, (_, n) => `f${n}`);
    expect(codeOf(() => formOf(names.map((name) => `${name}=x`).join('&'), urlencoded))).toBe(code);
    expect(codeOf(() => formOf(names.map((name) => part(name, 'x')).join('') + end, multipart))).toBe(code);
  });

  it('of a JSON body are those of an object', () => {
    const fields = parseObject(JSON.parse('{"a":1,"b":null,"__proto__":"x"}'));
    expect([...fields]).toEqual([
      ['a', 1],
      ['b', null],
      ['__proto__', 'x'],
    ]);
    decodeFields(fields, []);
    for (const body of [[], null, undefined, 1, 'a', true]) {
      expect(codeOf(() => parseObject(body))).toBe('malformed_json');
    }
    for (const value of [[], {}, ['x'], { x: 1 }]) {
      expect(
        codeOf(() => {
          decodeFields(parseObject({ a: value }), ['a']);
        }),
      ).toBe('invalid_parameter');
    }
  });

  it('are named in the message, which shortens a long name', () => {
    const name = 'x'.repeat(1000);
    const message = `Invalid parameter (${'x'.repeat(40)}): it must be a single value`;
    expect(() => decodeFields(new Map([[name, []]]), [])).toThrow(message);
  });
});
