import { foldPart, foldSlices, type FoldedSlice } from '../common/fold.js';
import type { Pieces } from '../common/in-pieces.js';

/** A range of UTF-16 units. */
export interface TextRange {
  start: number;
  end: number;
}

/** A part of a text, and where it matches. */
export interface Snippet {
  text: string;
  /** In the order of their places, without overlaps. */
  matches: TextRange[];
}

/** UTF-16 units of a snippet, and of its part before the match. */
const snippetLength = 200;
const lengthBefore = 60;
/** How far a cut may move to a blank. */
const maxMove = 20;
/** Short slices, so that few letters are mapped. */
const sliceLength = 256;
/** Letters around a cut that decide whether it would divide a character, in UTF-16 units. */
const lengthAroundCut = 64;
const characters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The part of the text around the longest needle that is found first, else the beginning. */
export function* snippetOf(text: string, needles: string[]): Pieces<Snippet> {
  const { text: folded, slices } = yield* foldSlices(text, sliceLength);
  for (const needle of needles.toSorted((a, b) => b.length - a.length)) {
    const at = folded.indexOf(needle);
    if (at === -1) continue;
    const region = regionOf(slices, at, at + needle.length);
    const [anchor] = rangesIn(text, region, [needle]);
    if (anchor) return cut(text, anchor, rangesIn(text, region, needles));
  }
  return cut(text, { start: 0, end: 0 }, []);
}

/** The slices of the match and of its surroundings that a snippet may show. */
function regionOf(slices: FoldedSlice[], from: number, to: number): TextRange {
  const next = slices.findIndex(({ foldedStart }) => foldedStart > from);
  const first = Math.max(0, (next === -1 ? slices.length : next) - 3);
  const after = slices.findIndex(({ foldedStart }) => foldedStart > to);
  // A phrase with thousands of signs between its words is not shown as a match.
  const last = Math.min((after === -1 ? slices.length : after) + 1, first + 8, slices.length - 1);
  return { start: slices[first]?.start ?? 0, end: slices[last]?.end ?? 0 };
}

/** Where the needles are in a region of the text. */
function rangesIn(text: string, { start, end }: TextRange, needles: string[]): TextRange[] {
  const part = foldPart(text, start, end);
  const folded = end === text.length ? `${part.text} ` : part.text;
  // The region may begin in the middle of a word, which a needle with a blank must not find there.
  const firstWord = start === 0 ? 0 : folded.indexOf(' ', 1);
  const found: TextRange[] = [];
  for (const needle of needles) {
    const [before, after] = [needle.startsWith(' ') ? 1 : 0, needle.endsWith(' ') ? 1 : 0];
    if (before === 1 && firstWord === -1) continue;
    let at = folded.indexOf(needle, before === 1 ? firstWord : 0);
    for (; at !== -1; at = folded.indexOf(needle, at + 1)) {
      const last = at + needle.length - after - 1;
      found.push({ start: part.starts[at + before] ?? start, end: part.ends[last] ?? end });
    }
  }
  return merged(found);
}

function merged(ranges: TextRange[]): TextRange[] {
  const result: TextRange[] = [];
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else result.push({ start, end });
  }
  return result;
}

function cut(text: string, anchor: TextRange, ranges: TextRange[]): Snippet {
  const start = startOfCut(text, anchor.start);
  const end = endOfCut(text, start + snippetLength, anchor.start);
  const matches = ranges
    .filter((range) => range.start < end && range.end > start)
    .map((range) => ({ start: Math.max(range.start, start) - start, end: Math.min(range.end, end) - start }));
  return { text: text.slice(start, end), matches };
}

/** After a blank, else between two characters. */
function startOfCut(text: string, anchor: number): number {
  const at = anchor - lengthBefore;
  if (at <= 0) return 0;
  const blank = text.slice(at, at + maxMove).search(/\s/);
  return blank === -1 ? betweenCharacters(text, at) : at + blank + 1;
}

/** Before a blank, else between two characters. */
function endOfCut(text: string, at: number, anchor: number): number {
  if (at >= text.length) return text.length;
  for (let end = at; end > Math.max(anchor, at - maxMove); end--) if (/\s/.test(text.charAt(end))) return end;
  return betweenCharacters(text, at);
}

function betweenCharacters(text: string, at: number): number {
  const start = Math.max(0, at - lengthAroundCut);
  const around = text.slice(start, at + lengthAroundCut);
  return start + (characters.segment(around).containing(at - start)?.index ?? at - start);
}
