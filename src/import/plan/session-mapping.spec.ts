import { sessionIdProblem, titleProblem } from '../../sessions/session-rules.js';
import { hashNumber, toSessionId, toTitle, sessionKey, titleFrom } from './session-mapping.js';

describe('names of sessions', () => {
  it.each([
    ['chat-1', 'CHAT-1'],
    ['chat-1', 'chat-1   '],
    ['chat-1', 'chát-1'],
    ['default', ''],
    ['default', '   '],
  ])('%j and %j have one key', (one, other) => {
    expect(sessionKey(other)).toBe(sessionKey(one));
  });

  it.each(['chat-1', 'chat_3_1_1795367764_6b0323541bea6', 'default', 'CHAT-2', 'x'.repeat(50)])('%s stays', (id) => {
    expect(toSessionId(id)).toBe(id);
  });

  it.each(['active', 'a b', 'ä', '🌍', '<b>', 'a/b', 'x'.repeat(51), '\u0301', ' a'])('%j becomes a safe id', (id) => {
    const safe = toSessionId(id);
    expect(sessionIdProblem(safe)).toBeUndefined();
    expect(safe).toMatch(/^imported-/);
    expect(toSessionId(id)).toBe(safe);
  });

  it('different ids become different safe ones', () => {
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
  ])('the title %j is %j', (title, safe) => {
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
  ])('of the message %j a title is made', (content, title) => {
    expect(titleFrom(content)).toBe(title);
  });

  it('a title is one whatever a message begins with', () => {
    for (const unit of ['🌍', '👩‍👩‍👧', 'e\u0301', '\u0301', '\ud83c', 'ab ']) {
      expect(titleProblem(titleFrom(unit.repeat(5000)) ?? 'none')).toBeUndefined();
    }
  });

  it('hashes are numbers that are exact, and differ', () => {
    const all = [hashNumber('a', 'b'), hashNumber('ab', ''), hashNumber('a'), hashNumber('["a"]')];
    expect(new Set(all).size).toBe(4);
    for (const one of all) expect(Number.isSafeInteger(one)).toBe(true);
  });
});
