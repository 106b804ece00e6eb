import { HistoryAllocator } from './history-allocator.js';

/** An owner's history in memory, which counts how often it is asked. */
function history(taken: number[]) {
  let asked = 0;
  const places = new HistoryAllocator((from, to) => {
    asked++;
    return Promise.resolve(taken.filter((place) => place >= from && place < to));
  });
  return { places, asked: () => asked };
}

async function takeAll(places: HistoryAllocator, times: number[]): Promise<number[]> {
  const found: number[] = [];
  for (const time of times) found.push(await places.allocate(time));
  return found;
}

describe('places in a history', () => {
  it('are the time itself, or the first free millisecond after it', async () => {
    const { places } = history([5, 6, 8]);
    expect(await takeAll(places, [4, 5, 5, 5, 100, 4])).toEqual([4, 7, 9, 10, 100, 11]);
  });

  it('of a new owner are found without asking', async () => {
    expect(await takeAll(new HistoryAllocator(undefined), [7, 7, 0, 7, 8])).toEqual([7, 8, 0, 9, 10]);
  });

  it('are found behind a crowd of thousands', async () => {
    const crowd = Array.from({ length: 5000 }, (_, index) => index);
    const { places, asked } = history(crowd);
    expect(await takeAll(places, [0, 0, 4999, 1])).toEqual([5000, 5001, 5002, 5003]);
    expect(asked()).toBeLessThan(10);
  });

  it('that lie close are asked for at once, and do not depend on it', async () => {
    const taken = Array.from({ length: 300 }, (_, index) => index * 20_000);
    const times = Array.from({ length: 500 }, (_, index) => ((index * 7919) % 700) * 10_000);
    const prepared = history(taken);
    await prepared.places.preload(times);
    expect(prepared.asked()).toBe(1);
    expect(await takeAll(prepared.places, times)).toEqual(await takeAll(history(taken).places, times));
    expect(prepared.asked()).toBe(1);
  });

  it('hours apart are asked for apart', async () => {
    const { places, asked } = history([0]);
    await places.preload([0, 10_000_000, 20_000_000, 20_000_001]);
    expect(asked()).toBe(3);
    expect(await takeAll(places, [0, 20_000_001])).toEqual([1, 20_000_001]);
    await places.preload([]);
    expect(asked()).toBe(3);
  });
});
