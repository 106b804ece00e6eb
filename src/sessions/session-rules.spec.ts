import { SessionNotFoundError, VersionConflictError } from './session.errors.js';
import {
  assertSessionId,
  assertVersion,
  effectiveTitleSource,
  isReusedId,
  isServerGeneratedId,
  sessionIdProblem,
  titleProblem,
} from './session-rules.js';

describe('sessionIdProblem and assertSessionId', () => {
  it.each([
    'a',
    'A',
    '0',
    '_',
    '-',
    'chat_2_1_1795305600_4k2m9x0qa7zt',
    'a'.repeat(50),
    'Active',
    'active_',
    'xactive',
  ])('accept %s', (id) => {
    expect(sessionIdProblem(id)).toBeUndefined();
    expect(() => {
      assertSessionId(id);
    }).not.toThrow();
  });

  it.each(['', 'active', 'a'.repeat(51), 'a b', 'a ', ' a', 'a\n', 'a\0', 'a.b', 'a/b', 'a%20', 'ä', '１', '🌍', "a'"])(
    'reject %j',
    (id) => {
      expect(sessionIdProblem(id)).toBe('must be 1 to 50 of A-Z, a-z, 0-9, _ and -, and not the word active');
      expect(() => {
        assertSessionId(id);
      }).toThrow(SessionNotFoundError);
    },
  );
});

it.each(['default', 'chat-0', 'chat-1', 'chat-42', 'chat-1234567890'])('pages use the id %s again', (id) => {
  expect(isReusedId(id)).toBe(true);
});

it.each([
  ...['mychat-7', 'chat-', 'chat-1a', 'chat-1-2', 'chat--1', 'chat-１', 'chat-1\n', 'xchat-1', 'chat_1', 'CHAT-1'],
  ...['Default', 'default2', 'xdefault', '0', ''],
])('pages do not use the id %j again', (id) => {
  expect(isReusedId(id)).toBe(false);
});

it.each([
  ['chat_2_1_1795305600_4k2m9x0qa7zt', true],
  ['chat_', true],
  ['chat-1', false],
  ['my_chat_', false],
  ['default', false],
])('the id %s has the prefix of the server: %s', (id, expected) => {
  expect(isServerGeneratedId(id)).toBe(expected);
});

describe('titleProblem', () => {
  it.each<[string, string]>([
    ['a letter', 'x'],
    ['255 letters', 'x'.repeat(255)],
    ['255 characters of two code units', '🌍'.repeat(255)],
    ['spaces around letters', ' x '],
    ['separators of lines', 'a\u2028b'],
    ['direction marks', '\u202ex\u202c'],
    ['noncharacters', '\uffff'],
    ['HTML', '<b>&amp;</b>'],
  ])('accepts %s', (_, title) => {
    expect(titleProblem(title)).toBeUndefined();
  });

  it.each<[string, string, string]>([
    ['an empty title', '', 'must not be blank'],
    ['spaces', '  ', 'must not be blank'],
    ['spaces of many widths', '\u00a0\u2003\u3000\ufeff', 'must not be blank'],
    ['256 letters', 'x'.repeat(256), 'must be at most 255 characters, is 256'],
    ['256 characters of two code units', '🌍'.repeat(256), 'must be at most 255 characters, is 256'],
    ['10,000 letters', 'x'.repeat(10_000), 'must be at most 255 characters, is 10000'],
    ['10,001 letters, which are not counted', 'x'.repeat(10_001), 'must be at most 255 characters'],
    ['a line break', 'a\n', 'must not have control characters'],
    ['NUL', '\0', 'must not have control characters'],
    ['escape', '\u001b[31m', 'must not have control characters'],
    ['delete', '\u007f', 'must not have control characters'],
    ['next line', '\u0085', 'must not have control characters'],
    ['the first half of a pair', '\ud83d', 'must not have half of a surrogate pair'],
    ['the second half of a pair', 'x\ude00x', 'must not have half of a surrogate pair'],
  ])('rejects %s', (_, title, problem) => {
    expect(titleProblem(title)).toBe(problem);
  });
});

it.each<[string | null, string, string]>([
  ['user', 'New Chat', 'user'],
  ['user', 'Rivers', 'user'],
  ['generated', 'New Chat', 'generated'],
  ['generated', 'Rivers', 'generated'],
  ['default', 'New Chat', 'default'],
  ['default', 'Rivers', 'user'],
  [null, 'New Chat', 'default'],
  [null, 'Rivers', 'user'],
])('a title with the stored source %s, %s, has the source %s', (stored, title, source) => {
  expect(effectiveTitleSource(stored, title)).toBe(source);
});

it.each([undefined, [3], [1, 3]])('a session of version 3 may be changed by who expects %j', (expected) => {
  expect(() => {
    assertVersion(3, expected);
  }).not.toThrow();
});

it.each([[[]], [[2]], [[1, 4]]])('a session of version 3 may not be changed by who expects %j', (expected) => {
  expect(() => {
    assertVersion(3, expected);
  }).toThrow(VersionConflictError);
});
