import { foldTitle } from '../common/fold.js';
import { isUnspacedLetter } from '../common/fold-letters.js';

/** Of a query: the statement has a condition for each. */
export const maxTitleWords = 8;
/** Of a query, in UTF-16 code units: a longer one is refused before it is folded. */
export const maxTitleQueryCodeUnits = 255;

/** The parts that a folded title must have to be found, each once: beginnings of words, and parts where no blanks are used. */
export function titleWords(query: string): string[] {
  const words = foldTitle(query).toString().split(' ').filter(Boolean);
  return [...new Set(words.map((word) => (isUnspacedLetter(word.codePointAt(0) ?? 0) ? word : ` ${word}`)))];
}

/** The reason why titles cannot be filtered by the query; undefined if they can. */
export function titleQueryProblem(query: string): string | undefined {
  if (query.length > maxTitleQueryCodeUnits) return `must be at most ${maxTitleQueryCodeUnits} characters`;
  if (!query.isWellFormed()) return 'must not have half of a surrogate pair';
  const { length } = titleWords(query);
  if (length === 0) return 'must have a letter or a digit';
  return length > maxTitleWords ? `must have at most ${maxTitleWords} words` : undefined;
}
