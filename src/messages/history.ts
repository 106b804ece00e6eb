/**
 * Looks for a free millisecond from `from` on, after `skipped` free ones. It is `free + left` unless that lies past the
 * last of `taken`, where others may be: then the search goes on from there.
 * @param taken in ascending order, none before `from`
 */
export function skipTaken(taken: number[], from: number, skipped: number): { free: number; left: number } {
  let free = from;
  let left = skipped;
  for (const time of taken) {
    // From `free` to `time` are so many free ones.
    if (time - free > left) break;
    left -= time - free;
    free = time + 1;
  }
  return { free, left };
}
