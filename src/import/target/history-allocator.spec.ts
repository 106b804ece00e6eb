import { HistoryAllocator } from './history-allocator.js';

/** An allocator over a history in memory, which counts the queries. */
function history(taken: number[]) {
  let queries = 0;
  const positions = new HistoryAllocator((from, to) => {
    queries++;
    return Promise.resolve(taken.filter((position) => position >= from && position < to));
  });
  return { positions, queries: () => queries };
}

async function takeAll(positions: HistoryAllocator, times: number[]): Promise<number[]> {
  const found: number[] = [];
  for (const time of times) found.push(await positions.allocate(time));
  return found;
}

describe('HistoryAllocator', () => {
  it('allocates the time itself, or the first free millisecond after it', async () => {
    const { positions } = history([5, 6, 8]);
    expect(await takeAll(positions, [4, 5, 5, 5, 100, 4])).toEqual([4, 7, 9, 10, 100, 11]);
  });

  it('makes no queries for a new owner', async () => {
    expect(await takeAll(new HistoryAllocator(undefined), [7, 7, 0, 7, 8])).toEqual([7, 8, 0, 9, 10]);
  });

  it('finds a position behind thousands of taken ones in few queries', async () => {
    const dense = Array.from({ length: 5000 }, (_, index) => index);
    const { positions, queries } = history(dense);
    expect(await takeAll(positions, [0, 0, 4999, 1])).toEqual([5000, 5001, 5002, 5003]);
    expect(queries()).toBeLessThan(10);
  });

  it('loads close times with one query, with the same result', async () => {
    const taken = Array.from({ length: 300 }, (_, index) => index * 20_000);
    const times = Array.from({ length: 500 }, (_, index) => ((index * 7919) % 700) * 10_000);
    const prepared = history(taken);
    await prepared.positions.preload(times);
    expect(prepared.queries()).toBe(1);
    expect(await takeAll(prepared.positions, times)).toEqual(await takeAll(history(taken).positions, times));
    expect(prepared.queries()).toBe(1);
  });

  it('loads times hours apart with separate queries', async () => {
    const { positions, queries } = history([0]);
    await positions.preload([0, 10_000_000, 20_000_000, 20_000_001]);
    expect(queries()).toBe(3);
    expect(await takeAll(positions, [0, 20_000_001])).toEqual([1, 20_000_001]);
    await positions.preload([]);
    expect(queries()).toBe(3);
  });
});
