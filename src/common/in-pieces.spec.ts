import { atOnce, inPieces, type Pieces } from './in-pieces.js';

/** Keeps the processor busy for a millisecond before each yield. */
function* busyFor(milliseconds: number): Pieces<string> {
  for (let count = 0; count < milliseconds; count++) {
    const start = performance.now();
    while (performance.now() - start < 1);
    yield;
  }
  return 'done';
}

describe('inPieces', () => {
  it('returns the result, and lets other work run meanwhile', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    expect(await inPieces(busyFor(60))).toBe('done');
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(3);
  });

  it('gives many computations together no more time of a turn than one', async () => {
    let longestMs = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }, 1);
    await Promise.all(Array.from({ length: 20 }, () => inPieces(busyFor(10))));
    clearInterval(timer);
    // Twenty times five milliseconds without the common limit; one piece of each runs at once.
    expect(longestMs).toBeLessThan(60);
  });

  it('does not wait for a turn of short work', async () => {
    let hasTurned = false;
    setImmediate(() => (hasTurned = true));
    await inPieces(busyFor(0));
    expect(hasTurned).toBe(false);
  });

  it('throws what the work throws', async () => {
    const failing = function* (): Pieces<never> {
      throw new Error('wrong');
    };
    await expect(inPieces(failing())).rejects.toThrow('wrong');
  });
});

describe('atOnce', () => {
  it('returns the result', () => {
    expect(atOnce(busyFor(2))).toBe('done');
  });
});
