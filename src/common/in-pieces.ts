import { setImmediate as nextTurn } from 'node:timers/promises';

/** A long computation. It yields wherever other requests may run, at least once for each `pieceBytes` that it reads. */
export type Pieces<Result> = Generator<undefined, Result, undefined>;

/** Bytes that a computation reads between two yields; at some nanoseconds each, far less than `maxPieceMs`. */
export const pieceBytes = 16 * 1024;
/** How long a computation runs before other requests do, in milliseconds. */
const maxPieceMs = 5;

/** Runs the computation, and lets other requests run whenever it has taken a few milliseconds. */
export async function inPieces<Result>(work: Pieces<Result>): Promise<Result> {
  for (let start = performance.now(); ;) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - start < maxPieceMs) continue;
    await nextTurn();
    start = performance.now();
  }
}

/** Runs the computation without a pause, for input that is known to be short. */
export function atOnce<Result>(work: Pieces<Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
