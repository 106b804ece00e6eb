import { maxPreviewCharacters, previewSourceCodeUnits, previewText, toPreview } from './preview.js';

const family = '👨‍👩‍👧';
const length = (text: string) => Array.from(text).length;

describe('the preview of a message', () => {
  it.each([
    ['a text', 'How long is the Nile?', 'How long is the Nile?'],
    ['several lines', ' One\r\n\n  two\tthree\u00a0four\u2028five ', 'One two three four five'],
    ['control characters', 'a\u0007\u009fb', 'a b'],
    ['nothing but blanks', ' \n\t', ''],
    ['markup', '<b>bold</b> & "x"', '<b>bold</b> & "x"'],
    ['200 characters', 'x'.repeat(200), 'x'.repeat(200)],
    ['201 characters', 'x'.repeat(201), 'x'.repeat(200)],
    ['200 characters of two units', '🌍'.repeat(201), '🌍'.repeat(200)],
    ['a blank at the end', `${'x'.repeat(199)} yz`, 'x'.repeat(199)],
    ['a letter with an accent at the end', `${'x'.repeat(199)}e\u0301z`, 'x'.repeat(199)],
    ['an emoji of several characters at the end', 'x'.repeat(197) + family, 'x'.repeat(197)],
    ['a flag at the end', `${'x'.repeat(199)}🇳🇱`, 'x'.repeat(199)],
    ['a word of another script at the end', `${'x'.repeat(199)}東京`, `${'x'.repeat(199)}東`],
    ['emojis of several characters', family.repeat(300), family.repeat(40)],
    ['one letter with more accents than fit', `e${'\u0301'.repeat(400)}`, `e${'\u0301'.repeat(199)}`],
    ['a long gap', `a${' '.repeat(1500)}b`, 'a b'],
    ['a gap that is longer than what is read', ` ${'\n'.repeat(previewSourceCodeUnits)}b`, ''],
    ['half a pair at the end of what is read', ' '.repeat(previewSourceCodeUnits - 1) + '🌍', ''],
  ])('of %s is its beginning on one line', (_name, content, expected) => {
    expect(previewText(content)).toBe(expected);
  });

  it('never is longer than its column, and never has half of a pair', () => {
    for (const piece of ['🌍 ', 'e\u0301', family, 'ab\n', '한', '\u{1f1f3}']) {
      for (let shift = 0; shift < 12; shift++) {
        const text = previewText('x'.repeat(shift) + piece.repeat(1500));
        expect(text.isWellFormed()).toBe(true);
        expect(length(text)).toBeLessThanOrEqual(maxPreviewCharacters);
        expect(length(text)).toBeGreaterThan(maxPreviewCharacters - 10);
      }
    }
  });

  it('depends on nothing behind the part that is read', () => {
    for (const start of ['word '.repeat(600), `a${' '.repeat(1980)}b${family.repeat(9)}`]) {
      const read = Array.from(start).slice(0, previewSourceCodeUnits).join('');
      expect(previewText(start)).toBe(previewText(read));
    }
  });

  it('has the role and the time of the message', () => {
    expect(toPreview({ role: 'system', content: 'x', timestamp: 7 })).toEqual({
      text: 'x',
      role: 'system',
      timestamp: 7,
    });
  });

  it.each([
    ['tool', 'x'],
    ['developer', 'x'],
    ['assistant', ''],
  ])('there is none for the role %s with the content "%s"', (role, content) => {
    expect(toPreview({ role, content, timestamp: 7 })).toBeUndefined();
  });
});
