import { waitUntil } from '../../test/support/run/wait-until.js';
import { Deadlines } from './deadlines.js';

describe('Deadlines', () => {
  const passed: string[] = [];
  const note = (name: string) => () => {
    passed.push(name);
  };
  /** A function that must not be called would have been by then. */
  const severalTicks = () => new Promise((resolve) => setTimeout(resolve, 60));

  beforeEach(() => {
    passed.length = 0;
  });

  it('calls each function once, at its deadline and not before', async () => {
    const deadlines = new Deadlines();
    const start = performance.now();
    const times: number[] = [];
    deadlines.add(start + 60, () => times.push(performance.now() - start));
    deadlines.add(start - 1, note('over'));
    await waitUntil(() => times.length > 0, 5000, 'the deadline');
    await severalTicks();
    expect(passed).toEqual(['over']);
    expect(times).toHaveLength(1);
    expect(times[0]).toBeGreaterThanOrEqual(60);
  });

  it('calls no function whose deadline was forgotten, also by another one', async () => {
    const deadlines = new Deadlines();
    const now = performance.now();
    deadlines.add(now + 1, note('kept'));
    deadlines.add(now + 1, note('forgotten'))();
    const forget: (() => void)[] = [];
    deadlines.add(now + 1, () => {
      forget[0]?.();
    });
    forget[0] = deadlines.add(now + 1, note('forgotten by another'));
    await waitUntil(() => passed.length > 0, 5000, 'the deadline');
    await severalTicks();
    expect(passed).toEqual(['kept']);
  });

  it('works again after all deadlines are over', async () => {
    const deadlines = new Deadlines();
    deadlines.add(performance.now(), note('first'));
    await waitUntil(() => passed.length === 1, 5000, 'the first deadline');
    await severalTicks();
    deadlines.add(performance.now(), note('second'));
    await waitUntil(() => passed.length === 2, 5000, 'the second deadline');
    expect(passed).toEqual(['first', 'second']);
  });
});
