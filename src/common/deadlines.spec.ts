import { Deadlines } from './deadlines.js';

describe('Deadlines', () => {
  const passed: string[] = [];
  const note = (name: string) => () => {
    passed.push(name);
  };
  const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  beforeEach(() => {
    passed.length = 0;
  });

  it('calls each function once, at its deadline and not before', async () => {
    const deadlines = new Deadlines();
    const start = performance.now();
    const times: number[] = [];
    deadlines.add(start + 60, () => times.push(performance.now() - start));
    deadlines.add(start - 1, note('over'));
    await after(150);
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
    await after(60);
    expect(passed).toEqual(['kept']);
  });

  it('works again after all deadlines are over', async () => {
    const deadlines = new Deadlines();
    deadlines.add(performance.now(), note('first'));
    await after(80);
    deadlines.add(performance.now(), note('second'));
    await after(60);
    expect(passed).toEqual(['first', 'second']);
  });
});
