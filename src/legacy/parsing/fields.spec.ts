import { DomainError } from '../../common/domain-error.js';
import * as parse from './fields.js';

const noon = Date.parse('2026-11-22T12:00:00.000Z');
const limits: parse.FieldLimits = { contentMaxBytes: 10, now: noon };

/** Takes the value as that of the field `it`. */
function reads<Value>(reader: parse.FieldParser<Value>, value: unknown): Value {
  return reader(value, 'it', limits);
}

/** The code and the words of the refusal. */
function refusal(reader: parse.FieldParser<unknown>, value: unknown): [string, string] {
  let taken: unknown;
  try {
    taken = reads(reader, value);
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'invalid') return [error.code, error.message];
    throw error;
  }
  throw new Error(`not refused: ${JSON.stringify(taken)}`);
}

const missing = ['missing_parameter', 'A required parameter (it) was missing'];
const invalid = (problem: string) => ['invalid_parameter', `Invalid parameter (it): it ${problem}`];
const notText: [string, unknown][] = [
  ['null', null],
  ['true', true],
  ['a list', ['x']],
  ['an object', { x: 1 }],
];
const numberOrNotText: [string, unknown][] = [['a number', 1], ...notText];

describe.each<[string, parse.FieldParser<unknown>]>([
  ['a session that is there', parse.sessionId],
  ['a session that may be made', parse.newSessionId],
  ['a session or the fallback', parse.newSessionIdOr('default')],
  ['any session', parse.anySessionId],
  ['a title', parse.title],
  ['a title or none', parse.optionalTitle],
  ['a role', parse.role],
  ['a content', parse.content],
  ['a client message id', parse.clientMessageId],
])('%s', (_, reader) => {
  it.each(numberOrNotText)('is not %s', (_name, value) => {
    expect(refusal(reader, value)).toEqual(invalid('must be a string'));
  });
});

describe.each<[string, parse.FieldParser<unknown>]>([
  ['the time of a message', parse.timestamp],
  ['a number of rows', parse.limit(200, 50)],
  ['the id of a row', parse.rowId],
  ['a place in the history', parse.historyTime],
])('%s', (_, reader) => {
  it.each(notText)('is not %s', (_name, value) => {
    expect(refusal(reader, value)).toEqual(invalid('must be a string'));
  });
});

describe.each<[string, parse.FieldParser<unknown>]>([
  ['a session that is there', parse.sessionId],
  ['a session that may be made', parse.newSessionId],
])('%s', (_, reader) => {
  it.each([undefined, '', ' ', '\t\n', '\0'])('is missing where %j came', (value) => {
    expect(refusal(reader, value)).toEqual(missing);
  });

  it.each(['chat-1', ' chat-1 ', 'ch\0at-1', '\0 chat-1\n'])('is chat-1 where %j came', (value) => {
    expect(reads(reader, value)).toBe('chat-1');
  });
});

it.each(['a b', 'active', 'ü', 'a/b', '<b>', "'", 'x'.repeat(51)])(
  'the session %j is looked for, and not made',
  (value) => {
    expect(reads(parse.sessionId, value)).toBe(value);
    expect(reads(parse.anySessionId, value)).toBe(value);
    for (const reader of [parse.newSessionId, parse.newSessionIdOr('default')]) {
      expect(refusal(reader, value)).toEqual(
        invalid('must be 1 to 50 of A-Z, a-z, 0-9, _ and -, and not the word active'),
      );
    }
  },
);

it.each([undefined, '', ' ', '\0'])('%j is the session default, or all of them', (value) => {
  expect(reads(parse.newSessionIdOr('default'), value)).toBe('default');
  expect(reads(parse.anySessionId, value)).toBeUndefined();
});

describe('a title', () => {
  it.each([
    ['My <b>first</b> chat', 'My first chat'],
    ['  around  ', '  around  '],
    ['a < b', 'a < b'],
    ['N\0ul', 'Nul'],
    ['x'.repeat(255), 'x'.repeat(255)],
    ['🌍'.repeat(255), '🌍'.repeat(255)],
    [`<i title="${'x'.repeat(300)}">short</i>`, 'short'],
  ])('%j becomes %j', (given, title) => {
    expect(reads(parse.title, given)).toBe(title);
    expect(reads(parse.optionalTitle, given)).toBe(title);
  });

  it.each([
    ['x'.repeat(256), 'must be at most 255 characters, is 256'],
    ['🌍'.repeat(256), 'must be at most 255 characters, is 256'],
    ['<b>x</b>'.repeat(2000), 'must be at most 255 characters'],
    ['a\nb', 'must not have control characters'],
    ['a\ud83d', 'must not have half of a surrogate pair'],
  ])('is not %j', (given, problem) => {
    expect(refusal(parse.title, given)).toEqual(invalid(problem));
    expect(refusal(parse.optionalTitle, given)).toEqual(invalid(problem));
  });

  it.each(['', ' ', '<b></b>', '<b> </b>', '<b', '<!-- x -->', '\0'])('%j is none, and no new one', (given) => {
    expect(reads(parse.optionalTitle, given)).toBeUndefined();
    expect(refusal(parse.title, given)).toEqual(invalid('must not be blank'));
  });

  it('that did not come is none, and missing as a new one', () => {
    expect(reads(parse.optionalTitle, undefined)).toBeUndefined();
    expect(refusal(parse.title, undefined)).toEqual(missing);
  });
});

describe('a role', () => {
  it.each(['user', 'assistant', 'system'])('is %s, also with spaces around it', (role) => {
    expect(reads(parse.role, role)).toBe(role);
    expect(reads(parse.role, ` ${role}\n`)).toBe(role);
  });

  it.each(['', ' ', 'tool', 'User', 'users', 'user assistant', 'constructor', '0'])('is not %j', (value) => {
    expect(refusal(parse.role, value)).toEqual(['invalid_role', `Invalid role: ${value.trim()}`]);
  });

  it('that is long is not said again as a whole', () => {
    expect(refusal(parse.role, 'x'.repeat(1000))).toEqual(['invalid_role', `Invalid role: ${'x'.repeat(40)}`]);
  });

  it('that did not come is missing', () => {
    expect(refusal(parse.role, undefined)).toEqual(missing);
  });
});

describe('a content', () => {
  it.each(['x', ' x ', '<b>x</b>', '\r\n', '0123456789', 'ééééé'])('%j stays as it is', (content) => {
    expect(reads(parse.content, content)).toBe(content);
  });

  it('loses NUL', () => {
    expect(reads(parse.content, 'a\0b\0')).toBe('ab');
    expect(reads(parse.content, `${'\0'.repeat(100)}0123456789`)).toBe('0123456789');
  });

  it.each([
    ['', 'must not be empty'],
    ['\0', 'must not be empty'],
    ['01234567890', 'must be at most 10 bytes of UTF-8, is 11'],
    ['éééééé', 'must be at most 10 bytes of UTF-8, is 12'],
    ['\ud83d', 'must not have half of a surrogate pair'],
  ])('is not %j', (value, problem) => {
    expect(refusal(parse.content, value)).toEqual(invalid(problem));
  });

  it('that did not come is missing', () => {
    expect(refusal(parse.content, undefined)).toEqual(missing);
  });
});

describe('the time of a message', () => {
  it.each([
    ['1795348800', noon],
    [' 1795348800 ', noon],
    [1_795_348_800, noon],
    [1_795_348_800.5, noon + 500],
    [1_795_348_800_123, noon + 123],
    ['2026-11-22T12:00:00.123Z', noon + 123],
    ['2026-11-22 12:00:00', noon],
    ['0', 0],
    [0, 0],
  ])('is read of %j', (value, time) => {
    expect(reads(parse.timestamp, value)).toBe(time);
  });

  it.each([undefined, '', ' ', 'yesterday', '-1', -1, NaN, Infinity, 1e21, '1795349101', '1795349100001'])(
    '%p is now',
    (value) => {
      expect(reads(parse.timestamp, value)).toBeUndefined();
    },
  );
});

describe('a client message id', () => {
  it.each(['send-1', ' send-1 ', 'send\0-1'])('%j is send-1', (value) => {
    expect(reads(parse.clientMessageId, value)).toBe('send-1');
  });

  it.each([undefined, '', ' ', '\0'])('%j is none', (value) => {
    expect(reads(parse.clientMessageId, value)).toBeUndefined();
  });

  it.each(['a b', 'ü', 'x'.repeat(101)])('is not %j', (value) => {
    expect(refusal(parse.clientMessageId, value)).toEqual(invalid('must be 1 to 100 visible ASCII characters'));
  });
});

const wrongNumbers = [
  0,
  -1,
  1.5,
  NaN,
  1e21,
  '0',
  '-1',
  '+1',
  '01',
  '1.0',
  '1e3',
  '0x10',
  'abc',
  '1 2',
  '９',
  '1'.repeat(16),
];

describe('a number of rows', () => {
  const limit = parse.limit(200, 50);

  it.each([
    ['1', 1],
    [1, 1],
    [' 20 ', 20],
    ['199', 199],
    ['200', 200],
    ['201', 200],
    [201, 200],
    ['999999999999999', 200],
  ])('%j is %i', (value, rows) => {
    expect(reads(limit, value)).toBe(rows);
  });

  it.each([undefined, '', ' '])('%j is the usual one, which may be the most', (value) => {
    expect(reads(limit, value)).toBe(50);
    expect(reads(parse.limit(1000), value)).toBe(1000);
  });

  it.each(wrongNumbers)('is not %p', (value) => {
    expect(refusal(limit, value)).toEqual(invalid('must be a whole number from 1'));
  });
});

describe('the id of a row', () => {
  it.each([
    ['1', 1],
    [15, 15],
    [' 15 ', 15],
    ['999999999999999', 999_999_999_999_999],
  ])('%j is %i', (value, id) => {
    expect(reads(parse.rowId, value)).toBe(id);
  });

  it.each([undefined, '', ' '])('%j is none', (value) => {
    expect(reads(parse.rowId, value)).toBeUndefined();
  });

  it.each(wrongNumbers)('is not %p', (value) => {
    expect(refusal(parse.rowId, value)).toEqual(invalid('must be a whole number from 1'));
  });
});

describe('a place in the history', () => {
  it.each([
    [1_795_348_800.123, noon + 123],
    ['1795348800.123', noon + 123],
    ['1795348800123', noon + 123],
    [' 2026-11-22T12:00:00.123Z ', noon + 123],
    ['2026-11-22 12:00:00', noon],
    // Also one that lies ahead: it is asked for what is before it.
    ['9999999999', 9_999_999_999_000],
    ['0', 0],
    [0, 0],
  ])('is read of %j', (value, time) => {
    expect(reads(parse.historyTime, value)).toBe(time);
  });

  it.each([undefined, '', ' '])('%j is none', (value) => {
    expect(reads(parse.historyTime, value)).toBeUndefined();
  });

  it.each(['yesterday', '-1', -1, NaN, 1e21, 'null', '2026-11-22', '1,5'])('is not %p', (value) => {
    expect(refusal(parse.historyTime, value)).toEqual(invalid('must be a time that this history has answered'));
  });
});
