import fc, { type Arbitrary } from 'fast-check';
import { delicateTexts } from '../rest/tricky-texts.js';

/** Parts of texts that parsers, databases and logs may treat specially. */
const specialParts = [
  ...[
    '',
    ' ',
    '\0',
    '\ufeff',
    '\u202e',
    '\u2028',
    '\ud800',
    '\udfff',
    '\ud83d',
    '\r\nX-Injected: 1',
    '\t',
    '\u001b[2J',
  ],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'null', 'undefined', 'true', '[object Object]', 'NaN'],
  ...[
    '-1',
    '0',
    '1.5',
    '1e309',
    '9007199254740993',
    '0x1F',
    '１２',
    '１e3',
    '2038-01-19T03:14:08Z',
    '999999999999999999',
  ],
  ...[
    '%',
    '%00',
    '%zz',
    '%c0%ae',
    '../../x',
    '//',
    '?',
    '#',
    '&a=b',
    ';',
    '+',
    "' OR 1=1 -- ",
    '\\',
    '"',
    '${7*7}',
    '<b>x</b>',
  ],
  ...delicateTexts.map(([, text]) => text),
];
const special = fc.constantFrom(...specialParts);

/** A text of code units, so that surrogates stand alone. */
const codeUnits = fc.string({ unit: fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 20 });

/** Now and then longer than every limit: 255 characters of a title, 64 KiB, the largest content. */
const long = fc
  .tuple(fc.constantFrom('x', 'é', '漢', '🙂'), fc.constantFrom(50, 51, 255, 256, 1000, 16_384, 65_536, 1_048_577))
  .map(([unit, length]) => unit.repeat(Math.ceil(length / unit.length)));

/** Any text, valid Unicode or not. */
export const anyText: Arbitrary<string> = fc.oneof(
  { weight: 30, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  { weight: 30, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 200, arbitrary: special },
  { weight: 30, arbitrary: fc.tuple(fc.string(), special, fc.string()).map((parts) => parts.join('')) },
  { weight: 20, arbitrary: codeUnits },
  { weight: 1, arbitrary: long },
);

const nested = fc
  .tuple(fc.constantFrom<[string, string]>(['[', ']'], ['{"a":', '}']), fc.constantFrom(2, 100, 5000))
  .map(([[open, close], depth]) => `${open.repeat(depth)}1${close.repeat(depth)}`);

/** JSON texts of values of the wrong type, of values that JavaScript cannot hold, and texts that are not JSON. */
export const wrongJson: Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'null',
    'true',
    '0',
    '-0',
    '1',
    '1.5',
    '-1',
    '1e309',
    '-1e309',
    '9007199254740993',
    '1e-400',
    '[]',
    '{}',
  ),
  fc.constantFrom(
    '',
    '01',
    '+1',
    '.5',
    'NaN',
    'Infinity',
    'undefined',
    "'x'",
    '"',
    '"\\u00"',
    '"\\ud800"',
    '"\t"',
    '1 2',
  ),
  fc.constantFrom('["user"]', '{"length":1}', '{"__proto__":{"x":1}}', '{"toString":"user"}', '[[[]]]', '{"$ne":null}'),
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
  nested,
);
