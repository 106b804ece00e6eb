/** Marks of Latin, Greek and Cyrillic, of Hebrew, and of Arabic with its elongation: words are the same without them. */
const marks =
  '\\u0300-\\u036f\\u0483-\\u0489\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\u2de0-\\u2dff\\ua66f-\\ua672' +
  '\\ua674-\\ua67d\\ua69e\\ua69f\\ufe20-\\ufe2f\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7' +
  '\\u0610-\\u061a\\u0640\\u064b-\\u065f\\u0670\\u06d6-\\u06dc\\u06df-\\u06e4\\u06e7\\u06e8\\u06ea-\\u06ed' +
  '\\u08d3-\\u08e1\\u08e3-\\u08ff';
/** Letters that look like an apostrophe, and what has no appearance of its own: soft hyphens, joiners, selectors. */
const invisible = '\\u02b9-\\u02bf\\p{Default_Ignorable_Code_Point}';
const removed = `${marks}${invisible}`;
/** The only letters beside Korean ones that compose and are no marks: vowels of Kirat Rai. */
const composingVowels = '\\u{16d67}\\u{16d68}';
/** What may change the letter before it when a text is normalised: marks, the later parts of Korean syllables, vowels. */
export const continuation = `\\p{M}${removed}${composingVowels}\\u0e33\\u0eb3\\u1160-\\u11ff\\ud7b0-\\ud7ff\\u3130-\\u318f\\uff9e-\\uffdf`;
/** Letters that have no decomposition, and are typed as others where a keyboard lacks them. */
const replacements: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  ħ: 'h',
  ŧ: 't',
  ı: 'i',
  ς: 'σ',
};
/** Scripts that are written without blanks between words. */
const unspaced = ['Han', 'Hira', 'Kana', 'Bopo', 'Thai', 'Laoo', 'Khmr', 'Mymr'].map((script) => `\\p{scx=${script}}`);

const allRemoved = new RegExp(`[${removed}]+`, 'gu');
const isRemoved = new RegExp(`[${removed}]`, 'u');
const isUnspaced = new RegExp(`[${unspaced.join('')}]`, 'u');
const isOfWord = /[\p{L}\p{N}\p{M}]/u;
const mayCompose = /[\p{M}\u1160-\u11ff\ud7b0-\ud7ff\u{16d67}]/u;
const isAscii = /^[\0-\x7f]*$/;

/** What becomes of a letter: 0 is one that was not looked at yet. */
const [separating, dropped, spelled, spaced, notSpaced] = [1, 2, 3, 4, 5];
/** Added for a letter that may become one with the letter before it. */
const composing = 8;
/** The class of each UTF-16 unit; testing regular expressions for each letter takes ten times as long. */
const classes = new Uint8Array(0x10000);
const astralClasses = new Map<number, number>();
const blank = 0x20;

/**
 * The words of a text, with a blank for everything between two of them, also at both ends. Right for the whole of a text,
 * and for a part that neither begins with a continuation nor is followed by one.
 */
export function foldLetters(text: string): string {
  const letters = isAscii.test(text) ? text.toLowerCase() : text.normalize('NFKD').toLowerCase();
  return toWords(letters, false) ?? toWords(letters.replace(allRemoved, '').normalize('NFC'), true) ?? '';
}

/** Whether a folded letter is of a script that is written without blanks. @param code its code point */
export function isUnspacedLetter(code: number): boolean {
  return classOf(code) % composing === notSpaced;
}

/** Whether a new word begins between these two letters, because only one is of a script without blanks. */
export function isScriptBorder(last: number, next: number): boolean {
  return isUnspacedLetter(last) !== isUnspacedLetter(next);
}

/** @returns undefined for a text that must be composed before */
function toWords(letters: string, isComposed: boolean): string | undefined {
  // A letter becomes at most two, with a blank before.
  const words = new Uint16Array(letters.length * 3);
  let [length, before] = [0, 0];
  for (let index = 0; index < letters.length; index++) {
    const unit = letters.charCodeAt(index);
    const code = (unit & 0xf800) === 0xd800 ? (letters.codePointAt(index) ?? unit) : unit;
    let kind = classOf(code);
    if (kind === dropped) {
      if (code > 0xffff) index++;
      continue;
    }
    if (kind > composing) {
      if (!isComposed) return undefined;
      kind -= composing;
    }
    if (kind === separating) {
      if (before !== separating) words[length++] = blank;
      if (code > 0xffff) index++;
      before = kind;
      continue;
    }
    const script = kind === notSpaced ? notSpaced : spaced;
    if (before !== separating && before !== 0 && before !== script) words[length++] = blank;
    before = script;
    if (kind === spelled) {
      for (const letter of replacements[letters[index] ?? ''] ?? '') words[length++] = letter.charCodeAt(0);
      continue;
    }
    words[length++] = unit;
    if (code > 0xffff) words[length++] = letters.charCodeAt(++index);
  }
  return Buffer.from(words.buffer, 0, length * 2).toString('utf16le');
}

function classOf(code: number): number {
  const known = code > 0xffff ? astralClasses.get(code) : classes[code];
  if (known) return known;
  const kind = computeClass(String.fromCodePoint(code));
  if (code > 0xffff) astralClasses.set(code, kind);
  else classes[code] = kind;
  return kind;
}

function computeClass(letter: string): number {
  if (isRemoved.test(letter)) return dropped;
  if (letter in replacements) return spelled;
  if (!isOfWord.test(letter)) return separating;
  const kind = isUnspaced.test(letter) ? notSpaced : spaced;
  return mayCompose.test(letter) ? kind + composing : kind;
}
