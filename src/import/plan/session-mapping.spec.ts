import { sessionIdProblem, titleProblem } from '../../sessions/session-rules.js';
import { hashNumber, toSessionId, toTitle, sessionKey, titleFrom } from './session-mapping.js';

describe('session mapping', () => {
  it.each([
    ['chat-1', 'CHAT-1'],
    ['chat-1', 'chat-1   '],
    ['chat-1', 'chát-1'],
    ['default', ''],
    ['default', '   '],
  ])('%j and %j have the same key', (one, other) => {
    expect(sessionKey(other)).toBe(sessionKey(one));
  });

  it.each(['chat-1', 'chat_3_1_1795367764_6b0323541bea6', 'default', 'CHAT-2', 'x'.repeat(50)])(
    'the valid id %s is unchanged',
    (id) => {
      expect(toSessionId(id)).toBe(id);
    },
  );

  it.each(['active', 'a b', 'ä', '🌍', '<b>', 'a/b', 'x'.repeat(51), '\u0301', ' a'])(
    'the invalid id %j becomes a valid one',
    (id) => {
      const safe = toSessionId(id);
      expect(sessionIdProblem(safe)).toBeUndefined();
      expect(safe).toMatch(/^imported-/);
      expect(toSessionId(id)).toBe(safe);
    },
  );

  it('different invalid ids become different valid ones', () => {
    expect(new Set(['a b', 'a/b', 'a-b!', 'ab '].map(toSessionId)).size).toBe(4);
  });

  it.each<[string | null, string]>([
    ['Rivers', 'Rivers'],
    [' edges ', ' edges '],
    ['🌍'.repeat(255), '🌍'.repeat(255)],
    [null, 'New Chat'],
    ['', 'New Chat'],
    ['   ', 'New Chat'],
    ['a\r\n\tb', 'a b'],
    ['\n', 'New Chat'],
    ['x'.repeat(300), 'x'.repeat(255)],
    ['🌍'.repeat(300), '🌍'.repeat(255)],
    [`${' '.repeat(255)}x`, 'New Chat'],
    ['x'.repeat(20_000), 'x'.repeat(255)],
  ])('the title %j becomes %j', (title, safe) => {
    expect(toTitle(title)).toBe(safe);
  });

  it.each<[string, string | undefined]>([
    ['How long\n is\tthe Nile?  ', 'How long is the Nile?'],
    ['<p>HTML</p>', '<p>HTML</p>'],
    [' \n ', undefined],
    ['x'.repeat(80), 'x'.repeat(80)],
    ['x'.repeat(81), `${'x'.repeat(80)}…`],
    ['👩‍👩‍👧'.repeat(30), '👩‍👩‍👧'.repeat(30)],
    [`${'x'.repeat(79)} and more`, `${'x'.repeat(79)}…`],
  ])('the message %j gives a title', (content, title) => {
    expect(titleFrom(content)).toBe(title);
  });

  it('a title is valid whatever the message begins with', () => {
    for (const unit of ['🌍', '👩‍👩‍👧', 'e\u0301', '\u0301', '\ud83c', 'ab ']) {
      expect(titleProblem(titleFrom(unit.repeat(5000)) ?? 'none')).toBeUndefined();
    }
  });

  it('hash numbers are safe integers and differ', () => {
    const all = [hashNumber('a', 'b'), hashNumber('ab', ''), hashNumber('a'), hashNumber('["a"]')];
    expect(new Set(all).size).toBe(4);
    for (const number of all) expect(Number.isSafeInteger(number)).toBe(true);
  });
});
