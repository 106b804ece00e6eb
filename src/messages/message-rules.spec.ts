import { clientMessageIdProblem, contentProblem, timestampProblem } from './message-rules.js';

describe('contentProblem', () => {
  it.each<[string, string, number]>([
    ['of one byte', 'x', 1],
    ['of two bytes', 'é', 2],
    ['of three bytes', '€', 3],
    ['of four bytes', '🌍', 4],
    ['of spaces', '   ', 3],
    ['of control characters', '\u0001\n\u007f', 3],
    ['of a byte order mark', '\ufeff', 3],
    ['of noncharacters', '\ufffe\uffff', 6],
  ])('accepts a content %s at the limit, and not one byte more', (_, content, bytes) => {
    expect(contentProblem(content, bytes)).toBeUndefined();
    expect(contentProblem(`${content}x`, bytes)).toBe(`must be at most ${bytes} bytes of UTF-8, is ${bytes + 1}`);
  });

  it.each<[string, string, string]>([
    ['empty', '', 'must not be empty'],
    ['with NUL', 'a\0b', 'must not have the character U+0000'],
    ['with the first half of a pair', '\ud83d', 'must not have half of a surrogate pair'],
    ['with the second half of a pair', 'a\ude00', 'must not have half of a surrogate pair'],
    ['with a pair the wrong way round', '\ude00\ud83d', 'must not have half of a surrogate pair'],
  ])('rejects a content that is %s', (_, content, problem) => {
    expect(contentProblem(content, 1000)).toBe(problem);
  });
});

describe('clientMessageIdProblem', () => {
  it.each(['!', '~', 'a'.repeat(255), '7c0e4f52-3b0c-4a4e-9d55-5a0f0f6f7b11', `"'\\%_`])('accepts %s', (id) => {
    expect(clientMessageIdProblem(id)).toBeUndefined();
  });

  it.each(['', ' ', 'a b', 'a ', 'a'.repeat(256), 'ä', '\u007f', '\t', 'a\n', '\0', '🌍', '１'])('rejects %j', (id) => {
    expect(clientMessageIdProblem(id)).toBe('must be 1 to 255 visible ASCII characters');
  });
});

describe('timestampProblem', () => {
  const now = Date.parse('2026-11-22T08:00:00.000Z');

  it.each(['1970-01-01T00:00:00Z', '2026-11-22T08:00:00Z', '2026-11-22T08:05:00.000Z', '2026-11-22T09:05:00+01:00'])(
    'accepts %s',
    (text) => {
      expect(timestampProblem(text, now)).toBeUndefined();
    },
  );

  it.each(['2026-11-22T08:05:00.001Z', '2026-11-22T08:05:00-00:01', '9999-12-31T23:59:59Z'])(
    'rejects %s, which is too far in the future',
    (text) => {
      expect(timestampProblem(text, now)).toBe(
        "must not lie more than five minutes ahead of the server's clock, which says 2026-11-22T08:00:00.000Z",
      );
    },
  );

  it('rejects a time before 1970', () => {
    expect(timestampProblem('1969-12-31T23:59:59.999Z', now)).toBe('must not lie before 1970');
  });

  it.each(['', 'x', '2026-11-22', '2026-11-22T08:00:00', '1795305600', '2026-02-30T00:00:00Z'])(
    'rejects "%s"',
    (text) => {
      expect(timestampProblem(text, now)).toBe('must be an ISO 8601 time with zone, like 2026-11-22T08:00:00.000Z');
    },
  );
});
