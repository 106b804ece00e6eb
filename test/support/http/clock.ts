const RealDate = Date;
const realNow = performance.now.bind(performance);
let passedMs = 0;

/** Lets time pass at once for the server of this process: for `Date`, and for the clock by which caches forget. Adds up. */
export function passTime(ms: number): void {
  passedMs += ms;
  globalThis.Date = LaterDate as DateConstructor;
  performance.now = () => realNow() + passedMs;
}

/** The time is what it is again. */
export function restoreTime(): void {
  passedMs = 0;
  globalThis.Date = RealDate;
  performance.now = realNow;
}

class LaterDate extends RealDate {
  constructor(...values: [value?: number | string | Date]) {
    super(values[0] ?? LaterDate.now());
  }

  static override now(): number {
    return RealDate.now() + passedMs;
  }
}
