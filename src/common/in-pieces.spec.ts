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

/** The milliseconds of the clock that each turn of the event loop takes until the work is done. */
async function measureTurns(work: Promise<unknown>, now: () => number): Promise<number[]> {
  const turnsMs = [now()];
  const state = { isDone: false };
  void work.then(() => {
    state.isDone = true;
  });
  while (!state.isDone) {
    const start = now();
    await new Promise(setImmediate);
    turnsMs.push(now() - start);
  }
  return turnsMs;
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
    // The clock of the test moves on by a millisecond with each piece, so that a busy machine changes nothing.
    let nowMs = 0;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
    function* tenPieces(): Pieces<void> {
      for (let count = 0; count < 10; count++) {
        nowMs++;
        yield;
      }
    }
    const all = Promise.all(Array.from({ length: 20 }, () => inPieces(tenPieces())));
    const turnsMs = await measureTurns(all, () => nowMs).finally(() => {
      clock.mockRestore();
    });
    // One piece of each runs at once; then every turn has the common limit.
    expect(turnsMs.shift()).toBeLessThanOrEqual(25);
    expect(turnsMs.reduce((sum, ms) => sum + ms, 0)).toBe(175);
    expect(Math.max(...turnsMs)).toBeLessThanOrEqual(5);
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
