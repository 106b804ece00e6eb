import { WaitingByCaller } from './waiting-by-caller.js';

function waitingOf(callers: string): WaitingByCaller<{ caller: string; number: number }> {
  const waiting = new WaitingByCaller<{ caller: string; number: number }>();
  Array.from(callers).forEach((caller, number) => {
    waiting.add({ caller, number });
  });
  return waiting;
}

describe('WaitingByCaller', () => {
  it('has the callers in the order of their turns, and their items in the order in which they came', () => {
    const waiting = waitingOf('abac');
    waiting.endTurn('a');
    waiting.endTurn('x');
    expect([...waiting].map(([caller, items]) => [caller, ...items.map(({ number }) => number)])).toEqual([
      ['b', 1],
      ['c', 3],
      ['a', 0, 2],
    ]);
    expect(waiting.size).toBe(4);
  });

  it('forgets a caller whose last item is removed', () => {
    const waiting = waitingOf('ab');
    const [[, [first]] = ['', []]] = [...waiting];
    if (first) waiting.remove(first);
    expect([...waiting].map(([caller]) => caller)).toEqual(['b']);
    expect(waiting.size).toBe(1);
  });

  it.each([
    ['aaab', 'b', 2],
    ['aaab', 'c', 2],
    ['aaab', 'a', undefined],
    ['aabb', 'a', undefined],
    ['aab', 'b', undefined],
    ['', 'a', undefined],
  ])('of %j names for %s the newest of a caller with more: %s', (callers, caller, number) => {
    expect(waitingOf(callers).newestOfOneWithMore(caller)?.number).toBe(number);
  });
});
