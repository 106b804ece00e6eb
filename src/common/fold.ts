import { continuation, foldLetters, isScriptBorder } from './fold-letters.js';
import { atOnce, type Pieces } from './in-pieces.js';

/** A folded part, and where its UTF-16 unit `i` comes from: the units `starts[i]` to `ends[i]` of the original. */
export interface FoldedPart {
  text: string;
  starts: number[];
  ends: number[];
}

/** A slice of a text, which is folded at once. Lengths are in UTF-16 units. */
export interface FoldedSlice {
  start: number;
  end: number;
  /** Where it begins in the folded text; a blank between words may come before. */
  foldedStart: number;
}

/** Maximum of a folded title, in bytes of UTF-8. */
export const maxFoldedTitleBytes = 2048;

/** What is folded at once, in UTF-16 units. */
const sliceLength = 2048;
/** A text up to this length is folded at once. */
const maxShortLength = 16 * 1024;
/** How far back a place for the end of a slice is looked for. Sorting a run of marks takes the square of its length. */
const maxStepsBack = 256;
/** A few compatible characters stand for whole sentences: a folded text is not longer than this. */
const maxLength = (text: string) => text.length * 2 + 4096;

const isContinuation = new RegExp(`^[${continuation}]`, 'u');
const cluster = new RegExp(`[^][${continuation}]*`, 'uy');

/**
 * The form of a text in which it is searched: without case, marks and the differences of compatible characters, as words
 * with a blank on both sides. Between a script with and one without blanks is a border of words.
 * @returns UTF-8, at least one blank
 */
export function* foldText(text: string): Pieces<Buffer> {
  return Buffer.from((yield* foldSlices(text)).text);
}

/**
 * The same as a text, and where each slice of the original begins in it.
 * @param length of a slice, in UTF-16 units
 */
export function* foldSlices(text: string, length = sliceLength): Pieces<{ text: string; slices: FoldedSlice[] }> {
  let pause = sliceLength;
  const words = new Words();
  const slices: FoldedSlice[] = [];
  for (let start = 0; start < text.length && words.text.length <= maxLength(text);) {
    if (start >= pause) {
      pause = start + sliceLength;
      yield;
    }
    const end = endOfSlice(text, start, length);
    slices.push({ start, end, foldedStart: words.text.length });
    words.add(foldLetters(text.slice(start, end)));
    start = end;
  }
  return { text: words.end(), slices };
}

/** The same for a short text like a title or a query. @returns at most `maxFoldedTitleBytes`, at a border of words if cut */
export function foldTitle(title: string): Buffer {
  const folded = atOnce(foldText(title));
  if (folded.length <= maxFoldedTitleBytes) return folded;
  const lastBlank = folded.lastIndexOf(' ', maxFoldedTitleBytes - 1);
  return folded.subarray(0, lastBlank + 1);
}

/** The same for a text that does not take longer than a few milliseconds; null for others. */
export function foldIfShort(text: string): Buffer | null {
  return text.length <= maxShortLength ? atOnce(foldText(text)) : null;
}

/**
 * Folds one slice, or several that follow one another, and remembers where each unit comes from, which takes several times
 * as long. The result begins with a blank, as if the text began here, and ends with one only after a word.
 */
export function foldPart(text: string, start: number, end: number): FoldedPart {
  const words = new Words();
  const [starts, ends] = [[start], [start]];
  const known = new Map<string, string>();
  const add = (letter: string, at: number) => {
    let folded = known.get(letter);
    if (folded === undefined) known.set(letter, (folded = foldLetters(letter)));
    words.add(folded);
    while (starts.length < words.text.length) {
      starts.push(at);
      ends.push(at + letter.length);
    }
  };
  for (let from = start; from < end;) {
    const to = Math.min(end, endOfSlice(text, from));
    for (let at = from; at < to;) {
      const end = endOfCluster(text, at, to);
      add(text.slice(at, end), at);
      at = end;
    }
    from = to;
  }
  return { text: words.text, starts, ends };
}

/** Words with one blank between them, put together from parts. */
class Words {
  text = ' ';
  /** The last two units: looking into the growing text would copy it each time. */
  #tail = ' ';

  add(part: string): void {
    const endsInBlank = this.#tail.endsWith(' ');
    const next = endsInBlank && part.startsWith(' ') ? part.slice(1) : part;
    if (next === '') return;
    if (!endsInBlank && !next.startsWith(' ') && isScriptBorder(lastCode(this.#tail), next.codePointAt(0) ?? 0)) {
      this.text += ' ';
    }
    this.text += next;
    this.#tail = (this.#tail + next).slice(-2);
  }

  end(): string {
    return this.#tail.endsWith(' ') ? this.text : `${this.text} `;
  }
}

function lastCode(text: string): number {
  const start = isLowSurrogate(text, text.length - 1) ? text.length - 2 : text.length - 1;
  return text.codePointAt(Math.max(start, 0)) ?? 0;
}

/** The end of a letter with all that may change it. */
function endOfCluster(text: string, start: number, limit: number): number {
  if (start + 1 === limit || (text.charCodeAt(start) < 0x80 && text.charCodeAt(start + 1) < 0x80)) return start + 1;
  cluster.lastIndex = start;
  return Math.min(limit, start + (cluster.exec(text)?.[0].length ?? 1));
}

/** A place where folding both sides alone gives the same as folding them together, unless there are only marks. */
function endOfSlice(text: string, start: number, length = sliceLength): number {
  const end = start + length;
  if (end >= text.length) return text.length;
  const near = start + Math.min(maxStepsBack, length);
  return placeBefore(text, end) ?? placeBefore(text, near) ?? (isLowSurrogate(text, near) ? near - 1 : near);
}

function placeBefore(text: string, end: number): number | undefined {
  for (let at = end; at > end - maxStepsBack; at--) {
    if (!isLowSurrogate(text, at) && !isContinuation.test(text.slice(at, at + 2))) return at;
  }
  return undefined;
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
