import fc from 'fast-check';
import { foldTitle } from '../common/fold.js';
import { atOnce } from '../common/in-pieces.js';
import { needlesOf } from './search-query.js';
import { snippetOf } from './snippet.js';

const snippet = (text: string, query: string) => atOnce(snippetOf(text, needlesOf(query)));
const matched = (text: string, query: string) => {
  const found = snippet(text, query);
  return found.matches.map(({ start, end }) => found.text.slice(start, end));
};

describe('snippetOf', () => {
  it.each([
    ['How long is the Nile?', 'nile long', ['long', 'Nile']],
    ['Die Größe, GROSSE größer', 'grosse', ['Größe', 'GROSSE', 'größe']],
    ['nai\u0308ve', 'na', ['na']],
    ['nai\u0308ve', 'nai', ['nai\u0308']],
    ['Wei\u00dfwein', 'weis', ['Weiß']],
    ['ﬁne', 'f', ['ﬁ']],
    ['a long, long river', '"long river"', ['long river']],
    ['long — rivers', '"long rivers"', ['long — rivers']],
    ['我喜欢编程语言', '编程', ['编程']],
    ['ABC编程', 'abc编程', ['ABC编程']],
    ['かがカガ ｶﾞ', 'ガ', ['ガ', 'ｶﾞ']],
    ['𝐁𝐨𝐥𝐝 text', 'bold', ['𝐁𝐨𝐥𝐝']],
    ['river rivers riverside', 'river', ['river', 'river', 'river']],
    ['rivers', 'river riv', ['river']],
  ])('shows in %j for %j the matches %j', (text, query, matches) => {
    expect(snippet(text, query).text).toBe(text);
    expect(matched(text, query)).toEqual(matches);
  });

  it('shows the part of a long text around the match, cut between words', () => {
    const text = `${'before '.repeat(5000)}nile ${'after '.repeat(5000)}`;
    const { text: part } = snippet(text, 'nile');
    expect(part).toMatch(/^before( before)* nile( after)+$/);
    expect(part.length).toBeGreaterThan(180);
    expect(part.length).toBeLessThanOrEqual(200);
    expect(matched(text, 'nile')).toEqual(['nile']);
  });

  it('shows the longest of the words', () => {
    expect(matched(`the ${'x '.repeat(500)}the hippopotamus`, 'the hippopotamus')).toEqual(['the', 'hippopotamus']);
  });

  it('shows the beginning of a text that does not match', () => {
    expect(snippet('nothing', 'nile')).toEqual({ text: 'nothing', matches: [] });
    expect(snippet('x '.repeat(5000), 'nile').text.length).toBeLessThanOrEqual(200);
    expect(snippet('', 'nile')).toEqual({ text: '', matches: [] });
  });

  it('does not take the middle of a long word for its beginning', () => {
    const text = `${'x'.repeat(5000)}nile${'x'.repeat(100)} nile`;
    expect(matched(text, 'nile')).toEqual(['nile']);
    expect(snippet(text, 'nile').text).toMatch(/ nile$/);
  });

  it('ends a match at the end of the snippet', () => {
    const text = `long${'.'.repeat(300)}rivers`;
    const { text: part, matches } = snippet(text, '"long rivers"');
    expect(matches).toEqual([{ start: 0, end: part.length }]);
    // A gap of thousands of signs: the words are shown, not marked.
    expect(snippet(`long${'.'.repeat(300_000)}rivers`, '"long rivers"').text).toMatch(/^long/);
  });

  it('marks only what the query matches, and cuts no character', () => {
    const fill = fc.constantFrom('x', 'é', 'e\u0301', '😀', '👨‍👩‍👧', '🇩🇪', 'ß', '中', 'कि', ' ', '\n', '.', '\u200d');
    const filled = fc.array(fill, { maxLength: 700 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(filled, filled, fc.constantFrom('Größe', 'nai\u0308ve', 'Nile'), (before, after, word) => {
        const text = `${before} ${word} ${after}`;
        const { text: part, matches } = snippet(text, word);
        expect(text).toContain(part);
        expect(part.length).toBeLessThanOrEqual(200);
        expect(part.isWellFormed()).toBe(true);
        expect(part).not.toMatch(/^\p{M}/u);
        expect(matches.map(({ start, end }) => part.slice(start, end))).toEqual([word]);
        for (const { start, end } of matches) {
          expect(foldTitle(part.slice(start, end))).toEqual(foldTitle(word));
        }
      }),
    );
  });
});
