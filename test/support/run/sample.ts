import { itemAt } from '../rest/data.js';

/** Every pair of a value of the first list and one of the second. */
export function product<A, B>(first: readonly A[], second: readonly B[]): [A, B][] {
  return first.flatMap((a) => second.map((b): [A, B] => [a, b]));
}

/**
 * Pairs in which every value of both lists occurs at least once: as many as the longer list has values; the shorter one
 * is repeated. Another `shift` gives other pairs, so that two configurations together cover more pairs.
 */
export function rotated<A, B>(first: readonly A[], second: readonly B[], shift = 0): [A, B][] {
  const length = Math.max(first.length, second.length);
  return Array.from({ length }, (_, index) => [
    itemAt(first, index % first.length),
    itemAt(second, (index + shift) % second.length),
  ]);
}

/** Every `step`th value, starting at index `start`. */
export function everyNth<T>(values: readonly T[], step: number, start = 0): T[] {
  return values.filter((_, index) => index % step === start % step);
}
