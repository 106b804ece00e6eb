import { Clock } from './clock.js';

describe('Clock', () => {
  const real = Date.now;
  const setTime = (time: number) => {
    Date.now = () => time;
  };
  afterEach(() => {
    Date.now = real;
  });

  it('returns the time of the system', () => {
    const clock = new Clock();
    setTime(1000);
    expect(clock.now()).toBe(1000);
    setTime(1001);
    expect(clock.now()).toBe(1001);
  });

  it('never decreases when the system clock is set back', () => {
    const clock = new Clock();
    setTime(5000);
    clock.now();
    setTime(2000);
    expect([clock.now(), clock.now()]).toEqual([5000, 5000]);
    setTime(5001);
    expect(clock.now()).toBe(5001);
  });
});
