import { Clock } from './clock.js';

describe('the clock', () => {
  const real = Date.now;
  const setTime = (time: number) => {
    Date.now = () => time;
  };
  afterEach(() => {
    Date.now = real;
  });

  it('tells the time of the system', () => {
    const clock = new Clock();
    setTime(1000);
    expect(clock.now()).toBe(1000);
    setTime(1001);
    expect(clock.now()).toBe(1001);
  });

  it('stands still while the clock of the system is behind, and goes on from there', () => {
    const clock = new Clock();
    setTime(5000);
    clock.now();
    setTime(2000);
    expect([clock.now(), clock.now()]).toEqual([5000, 5000]);
    setTime(5001);
    expect(clock.now()).toBe(5001);
  });
});
