import fc from 'fast-check';
import { continuation } from './fold-letters.js';
import { foldPart, foldSlices, foldText, foldTitle, maxFoldedTitleBytes } from './fold.js';
import { atOnce } from './in-pieces.js';

const fold = (text: string) => atOnce(foldText(text)).toString();

describe('foldText', () => {
  it.each([
    ['case and marks', 'Größe NAÏVE nai\u0308ve', ' grosse naive naive '],
    ['letters without a decomposition', 'Łódź Þór œuvre Đorđe ısı Ærø', ' lodz thor oeuvre dorde isi aero '],
    ['compatible characters', 'ﬁne Ａ１ x² ㎏ ﾊﾟﾅ', ' fine a1 x2 kg パナ '],
    ['a capital that has two letters as a small one', 'İstanbul', ' istanbul '],
    ['both forms of a sigma', 'ΣΟΦΌΣ σοφός', ' σοφοσ σοφοσ '],
    ['Cyrillic, Hebrew and Arabic marks', 'Ёлка שָׁלוֹם مُحَمَّد أحمـــد', ' елка שלום محمد احمد '],
    ['marks of other scripts, which make other words', 'किताब がき ｶﾞ', ' किताब がき ガ '],
    ['Korean syllables and their parts', '\u1112\u1161\u11ab국 ㅎㅏ', ' 한국 하 '],
    ['signs between words', "don't well-known foo_bar(x)", ' don t well known foo bar x '],
    ['signs at the ends', '¿Qué?', ' que '],
    ['what has no appearance', 'Wort\u00adtrennung می\u200cخواهم Hawaiʻi', ' worttrennung میخواهم hawaii '],
    ['borders between scripts', 'ABC中文def 第3章 ไทยthai', ' abc 中文 def 第 3 章 ไทย thai '],
    ['two letters at every border of scripts', 'あßあßあÆ', ' あ ss あ ss あ ae '],
    ['scripts without blanks together', '日本語をカナ', ' 日本語をカナ '],
    ['characters of two units', '𠀀a😀𝐀', ' 𠀀 a a '],
    ['no words', ' !?… ', ' '],
    ['nothing', '', ' '],
  ])('folds %s', (_, text, folded) => {
    expect(fold(text)).toBe(folded);
  });

  it('is the same when it is folded again', () => {
    fc.assert(fc.property(texts, (text) => fold(fold(text)) === fold(text)));
  });

  it('gives a long text the words of its parts', () => {
    const line = 'Größe अनुच्छेद 第3章 ﾊﾟﾅ 한국 ';
    const once = fold(line).trim();
    expect(fold(line.repeat(5000))).toBe(` ${Array(5000).fill(once).join(' ')} `);
    expect(fold('é'.repeat(100_000))).toBe(` ${'e'.repeat(100_000)} `);
    expect(fold('a中'.repeat(100_000))).toBe(` ${'a 中 '.repeat(100_000)}`);
    expect(fold('😀𠀀'.repeat(50_000))).toBe(` ${'𠀀 '.repeat(50_000)}`);
  });

  it.each(['Größe ', '中', 'क\u093c\u094d', 'a\u0301\u0316', '\u093c\u094d', 'ﷺ', '\u{1e8d0}'])(
    'yields often while it folds a megabyte of %j, and keeps to its length',
    (unit) => {
      const pieces = foldText(unit.repeat(1_000_000 / unit.length));
      let [count, result] = [0, pieces.next()];
      for (; !result.done; count++) result = pieces.next();
      expect(count).toBeGreaterThan(50);
      expect(result.value.length).toBeLessThan(8 * 1024 * 1024);
    },
  );
});

describe('foldTitle', () => {
  it('is the same for a title', () => {
    expect(foldTitle('Größe').toString()).toBe(' grosse ');
  });

  it('cuts between two words what a column cannot hold', () => {
    const folded = foldTitle('ﷺ '.repeat(127));
    expect(folded.length).toBeLessThanOrEqual(maxFoldedTitleBytes);
    expect(folded.length).toBeGreaterThan(maxFoldedTitleBytes - 20);
    expect(folded.toString()).toMatch(/ (عليه|وسلم|الله|صلى) $/);
  });
});

describe('continuation', () => {
  it('has every character that begins with a mark or a later part of a syllable when it is decomposed', () => {
    const isContinuation = new RegExp(`^[${continuation}]`, 'u');
    const missing: string[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      const letter = String.fromCodePoint(code);
      const decomposed = letter.normalize('NFKD');
      if (/^[\p{M}\u1160-\u11ff]/u.test(decomposed) && !isContinuation.test(letter)) missing.push(code.toString(16));
    }
    expect(missing).toEqual([]);
  });
});

describe('foldPart', () => {
  const partOf = (text: string) => {
    const { text: folded, starts, ends } = foldPart(text, 0, text.length);
    return folded.split('').map((letter, index) => [letter, text.slice(starts[index], ends[index])]);
  };

  it('knows what each letter comes from', () => {
    expect(partOf('Größe')).toEqual([
      [' ', ''],
      ['g', 'G'],
      ['r', 'r'],
      ['o', 'ö'],
      ['s', 'ß'],
      ['s', 'ß'],
      ['e', 'e'],
    ]);
    expect(partOf('e\u0301 ﬁ ')).toEqual([
      [' ', ''],
      ['e', 'e\u0301'],
      [' ', ' '],
      ['f', 'ﬁ'],
      ['i', 'ﬁ'],
      [' ', ' '],
    ]);
  });

  it('folds as foldText does', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { text: folded, starts, ends } = foldPart(text, 0, text.length);
        expect(folded.trimEnd()).toBe(fold(text).trimEnd());
        expect([starts.length, ends.length]).toEqual([folded.length, folded.length]);
      }),
    );
  });

  it('folds the slices of a long text', () => {
    fc.assert(
      fc.property(texts, (unit) => {
        const text = unit.repeat(6000 / Math.max(1, unit.length));
        const { text: folded, slices } = atOnce(foldSlices(text));
        // Longer ones are cut.
        fc.pre(folded.length < text.length * 2);
        expect(slices.flatMap(({ start, end }) => [start, end])).toEqual(
          text === '' ? [] : [0, ...slices.slice(1).flatMap(({ start }) => [start, start]), text.length],
        );
        for (const { start, foldedStart } of slices) {
          expect(folded.slice(0, foldedStart).trimEnd()).toBe(foldPart(text, 0, start).text.trimEnd());
        }
        expect(foldPart(text, 0, text.length).text.trimEnd()).toBe(fold(text).trimEnd());
      }),
      { numRuns: 30 },
    );
  });
});

/** Texts of letters that change others beside them, and of any characters. */
const texts = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      ...'aéßİıΣς .-_3第中がｶﾞ゙คำกิक\u094d\u093c\u0301\u0316ㅎㅏㄳ각\u1100\u1161\u11a8ᆨﾡￂ\u200d\u00adʻـﷺ½゛'.split(''),
    ),
    fc.constantFrom('😀', '𠀀', '\u{1e8d0}', '\u{1f3fb}', '\u{e0100}', '\u{16d63}', '\u{16d67}', '\u{16d68}'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 40,
});
