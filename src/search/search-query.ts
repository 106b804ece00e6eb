import { isUnspacedLetter } from '../common/fold-letters.js';
import { foldTitle } from '../common/fold.js';

/** Maximum of a query in characters (code points). */
export const maxQueryCharacters = 200;
/** Maximum of words and phrases in a query. */
export const maxTerms = 10;

/** A phrase in quotation marks, the last of which may be missing; or a word. */
const terms = /"(?<phrase>[^"]*)(?<closed>"?)|(?<word>[^"\s]+)/g;
/** Quotation marks that keyboards put in place of the plain one. */
const quotationMarks = /[\u201c-\u201f\u2033\u2036\uff02]/g;

/** The reason why a text cannot be searched for; undefined for a valid one. */
export function queryProblem(query: string): string | undefined {
  const tooLong = `must be at most ${maxQueryCharacters} characters`;
  // A code point has at most two UTF-16 units.
  if (query.length > 2 * maxQueryCharacters || Array.from(query).length > maxQueryCharacters) return tooLong;
  if (query.includes('\0')) return 'must not have U+0000';
  if (!query.isWellFormed()) return 'must not have half of a surrogate pair';
  const { length } = needlesOf(query);
  if (length === 0) return 'must have a letter or a digit';
  if (length > maxTerms) return `must be at most ${maxTerms} words and phrases`;
  return undefined;
}

/**
 * What a folded text must contain, all of it: for a word a blank and the word, so that it is found from its beginning; for
 * a phrase blanks on both sides. There is no blank at an end that is of a script without blanks between words.
 */
export function needlesOf(query: string): string[] {
  const needles = [...query.replace(quotationMarks, '"').matchAll(terms)].map(({ groups = {} }) => {
    const { word, phrase = '', closed } = groups;
    return needleOf(word ?? phrase, closed === '"');
  });
  return [...new Set(needles.filter((needle) => needle !== undefined))];
}

/** @returns undefined for a term without letters and digits */
function needleOf(term: string, isWhole: boolean): string | undefined {
  const words = foldTitle(term).toString().trim();
  if (!/[\p{L}\p{N}]/u.test(words)) return undefined;
  const first = words.codePointAt(0) ?? 0;
  const last = Array.from(words).at(-1)?.codePointAt(0) ?? 0;
  return `${isUnspacedLetter(first) ? '' : ' '}${words}${isWhole && !isUnspacedLetter(last) ? ' ' : ''}`;
}
