/** A long computation. It yields wherever other requests may run, at least once for each `pieceBytes` that it reads. */
export type Pieces<Result> = Generator<undefined, Result, undefined>;

/** Bytes that a computation reads between two yields; at some nanoseconds each, far less than `maxTurnMs`. */
export const pieceBytes = 16 * 1024;
/** How long all computations together run in one turn of the event loop, in milliseconds. */
const maxTurnMs = 5;

/** Runs the next piece; true when there is none left. */
type Step = () => boolean;

const waiting: Step[] = [];
/** What long computations have taken of this turn, in milliseconds. */
let spentMs = 0;
let isTurnExpected = false;

/** Runs the computation, and lets other requests run whenever such computations have taken a few milliseconds. */
export function inPieces<Result>(work: Pieces<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const step = () => {
      try {
        const { done = false, value } = work.next();
        if (done) resolve(value as Result);
        return done;
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
        return true;
      }
    };
    // Short work has one piece, and does not wait.
    if (step()) return;
    waiting.push(step);
    runWaiting();
  });
}

/** Runs the pieces of all computations in turns, until the time of this turn of the event loop is used up. */
function runWaiting(): void {
  const start = performance.now();
  const usedBefore = spentMs;
  while (spentMs < maxTurnMs) {
    const step = waiting.shift();
    if (!step) break;
    if (!step()) waiting.push(step);
    spentMs = usedBefore + performance.now() - start;
  }
  if (isTurnExpected) return;
  isTurnExpected = true;
  setImmediate(() => {
    isTurnExpected = false;
    spentMs = 0;
    if (waiting.length > 0) runWaiting();
  });
}

/** Runs the computation without a pause, for input that is known to be short. */
export function atOnce<Result>(work: Pieces<Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
