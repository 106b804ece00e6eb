import { DomainError } from '../../common/domain-error.js';
import * as parse from './fields.js';

const noon = Date.parse('2026-11-22T12:00:00.000Z');
const limits: parse.FieldLimits = { maxContentBytes: 10, now: noon };

/** Parses the value of the field `it`. */
function reads<Value>(reader: parse.FieldParser<Value>, value: unknown): Value {
  return reader(value, 'it', limits);
}

/** The code and the message of the error. */
function refusal(reader: parse.FieldParser<unknown>, value: unknown): [string, string] {
  let parsed: unknown;
  try {
    parsed = reads(reader, value);
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'invalid') return [error.code, error.message];
    throw error;
  }
  throw new Error(`not rejected: ${JSON.stringify(parsed)}`);
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
  ['sessionId', parse.sessionId],
  ['newSessionId', parse.newSessionId],
  ['newSessionIdOr', parse.newSessionIdOr('default')],
  ['anySessionId', parse.anySessionId],
  ['title', parse.title],
  ['optionalTitle', parse.optionalTitle],
  ['role', parse.role],
  ['content', parse.content],
  ['clientMessageId', parse.clientMessageId],
])('%s', (_, reader) => {
  it.each(numberOrNotText)('rejects %s', (_name, value) => {
    expect(refusal(reader, value)).toEqual(invalid('must be a string'));
  });
});

describe.each<[string, parse.FieldParser<unknown>]>([
  ['timestamp', parse.timestamp],
  ['limit', parse.limit(200, 50)],
  ['rowId', parse.rowId],
  ['historyTime', parse.historyTime],
])('%s', (_, reader) => {
  it.each(notText)('rejects %s', (_name, value) => {
    expect(refusal(reader, value)).toEqual(invalid('must be a string'));
  });
});

describe.each<[string, parse.FieldParser<unknown>]>([
  ['sessionId', parse.sessionId],
  ['newSessionId', parse.newSessionId],
])('%s', (_, reader) => {
  it.each([undefined, '', ' ', '\t\n', '\0'])('requires a value other than %j', (value) => {
    expect(refusal(reader, value)).toEqual(missing);
  });

  it.each(['chat-1', ' chat-1 ', 'ch\0at-1', '\0 chat-1\n'])('parses %j to chat-1', (value) => {
    expect(reads(reader, value)).toBe('chat-1');
  });
});

it.each(['a b', 'active', 'ü', 'a/b', '<b>', "'", 'x'.repeat(51)])(
  'the session id %j is valid for a lookup, but not for a new session',
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

it.each([undefined, '', ' ', '\0'])('%j is the fallback of newSessionIdOr, and no filter for anySessionId', (value) => {
  expect(reads(parse.newSessionIdOr('default'), value)).toBe('default');
  expect(reads(parse.anySessionId, value)).toBeUndefined();
});

describe('title and optionalTitle', () => {
  it.each([
    ['My <b>first</b> chat', 'My first chat'],
    ['  around  ', '  around  '],
    ['a < b', 'a < b'],
    ['N\0ul', 'Nul'],
    ['x'.repeat(255), 'x'.repeat(255)],
    ['🌍'.repeat(255), '🌍'.repeat(255)],
    [`<i title="${'x'.repeat(300)}">short</i>`, 'short'],
  ])('parse %j to %j', (given, title) => {
    expect(reads(parse.title, given)).toBe(title);
    expect(reads(parse.optionalTitle, given)).toBe(title);
  });

  it.each([
    ['x'.repeat(256), 'must be at most 255 characters, is 256'],
    ['🌍'.repeat(256), 'must be at most 255 characters, is 256'],
    ['<b>x</b>'.repeat(2000), 'must be at most 255 characters'],
    ['a\nb', 'must not have control characters'],
    ['a\ud83d', 'must not have half of a surrogate pair'],
  ])('reject %j', (given, problem) => {
    expect(refusal(parse.title, given)).toEqual(invalid(problem));
    expect(refusal(parse.optionalTitle, given)).toEqual(invalid(problem));
  });

  it.each(['', ' ', '<b></b>', '<b> </b>', '<b', '<!-- x -->', '\0'])('treat %j as blank', (given) => {
    expect(reads(parse.optionalTitle, given)).toBeUndefined();
    expect(refusal(parse.title, given)).toEqual(invalid('must not be blank'));
  });

  it('return undefined for a missing optional title, and reject a missing required one', () => {
    expect(reads(parse.optionalTitle, undefined)).toBeUndefined();
    expect(refusal(parse.title, undefined)).toEqual(missing);
  });
});

describe('role', () => {
  it.each(['user', 'assistant', 'system'])('accepts %s, also with spaces around it', (role) => {
    expect(reads(parse.role, role)).toBe(role);
    expect(reads(parse.role, ` ${role}\n`)).toBe(role);
  });

  it.each(['', ' ', 'tool', 'User', 'users', 'user assistant', 'constructor', '0'])('rejects %j', (value) => {
    expect(refusal(parse.role, value)).toEqual(['invalid_role', `Invalid role: ${value.trim()}`]);
  });

  it('shortens a long value in the message', () => {
    expect(refusal(parse.role, 'x'.repeat(1000))).toEqual(['invalid_role', `Invalid role: ${'x'.repeat(40)}`]);
  });

  it('is required', () => {
    expect(refusal(parse.role, undefined)).toEqual(missing);
  });
});

describe('content', () => {
  it.each(['x', ' x ', '<b>x</b>', '\r\n', '0123456789', 'ééééé'])('returns %j unchanged', (content) => {
    expect(reads(parse.content, content)).toBe(content);
  });

  it('removes NUL', () => {
    expect(reads(parse.content, 'a\0b\0')).toBe('ab');
    expect(reads(parse.content, `${'\0'.repeat(100)}0123456789`)).toBe('0123456789');
  });

  it.each([
    ['', 'must not be empty'],
    ['\0', 'must not be empty'],
    ['01234567890', 'must be at most 10 bytes of UTF-8, is 11'],
    ['éééééé', 'must be at most 10 bytes of UTF-8, is 12'],
    ['\ud83d', 'must not have half of a surrogate pair'],
  ])('rejects %j', (value, problem) => {
    expect(refusal(parse.content, value)).toEqual(invalid(problem));
  });

  it('is required', () => {
    expect(refusal(parse.content, undefined)).toEqual(missing);
  });
});

describe('timestamp', () => {
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
  ])('parses %j', (value, time) => {
    expect(reads(parse.timestamp, value)).toBe(time);
  });

  it.each([undefined, '', ' ', 'yesterday', '-1', -1, NaN, Infinity, 1e21, '1795349101', '1795349100001'])(
    'returns undefined for %p, which means now',
    (value) => {
      expect(reads(parse.timestamp, value)).toBeUndefined();
    },
  );
});

describe('clientMessageId', () => {
  it.each(['send-1', ' send-1 ', 'send\0-1'])('parses %j to send-1', (value) => {
    expect(reads(parse.clientMessageId, value)).toBe('send-1');
  });

  it.each([undefined, '', ' ', '\0'])('returns undefined for %j', (value) => {
    expect(reads(parse.clientMessageId, value)).toBeUndefined();
  });

  it.each(['a b', 'ü', 'x'.repeat(256)])('rejects %j', (value) => {
    expect(refusal(parse.clientMessageId, value)).toEqual(invalid('must be 1 to 255 visible ASCII characters'));
  });
});

const wrongNumbers = [0, -1, 1.5, NaN, 1e21, '0', '-1', '+1', '01', '1.0', '1e3', '0x10', 'abc', '1 2', '９'];

describe('limit', () => {
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
    ['1'.repeat(40), 200],
  ])('parses %j to %i', (value, rows) => {
    expect(reads(limit, value)).toBe(rows);
  });

  it.each([undefined, '', ' '])('returns the default, or else the maximum, for %j', (value) => {
    expect(reads(limit, value)).toBe(50);
    expect(reads(parse.limit(1000), value)).toBe(1000);
  });

  it.each(wrongNumbers)('rejects %p', (value) => {
    expect(refusal(limit, value)).toEqual(invalid('must be a whole number from 1'));
  });
});

describe('rowId', () => {
  it.each([
    ['1', 1],
    [15, 15],
    [' 15 ', 15],
    ['999999999999999', 999_999_999_999_999],
    ['1'.repeat(16), 1_111_111_111_111_111],
    ['1'.repeat(40), Number.MAX_SAFE_INTEGER],
  ])('parses %j to %i', (value, id) => {
    expect(reads(parse.rowId, value)).toBe(id);
  });

  it.each([undefined, '', ' '])('returns undefined for %j', (value) => {
    expect(reads(parse.rowId, value)).toBeUndefined();
  });

  it.each(wrongNumbers)('rejects %p', (value) => {
    expect(refusal(parse.rowId, value)).toEqual(invalid('must be a whole number from 1'));
  });
});

describe('historyTime', () => {
  it.each([
    [1_795_348_800.123, noon + 123],
    ['1795348800.123', noon + 123],
    ['1795348800123', noon + 123],
    [' 2026-11-22T12:00:00.123Z ', noon + 123],
    ['2026-11-22 12:00:00', noon],
    // A time in the future is valid: the request asks for what is before it.
    ['9999999999', 9_999_999_999_000],
    ['0', 0],
    [0, 0],
  ])('parses %j', (value, time) => {
    expect(reads(parse.historyTime, value)).toBe(time);
  });

  it.each([undefined, '', ' '])('returns undefined for %j', (value) => {
    expect(reads(parse.historyTime, value)).toBeUndefined();
  });

  it.each(['yesterday', '-1', -1, NaN, 1e21, 'null', '2026-11-22', '1,5'])('rejects %p', (value) => {
    expect(refusal(parse.historyTime, value)).toEqual(invalid('must be a time that this history has answered'));
  });
});
