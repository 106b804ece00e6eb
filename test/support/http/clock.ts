const RealDate = Date;
const realNow = performance.now.bind(performance);
let passedMs = 0;

/** Advances `Date` and `performance.now` (the clock of the caches) of this process. Repeated calls add up. */
export function passTime(ms: number): void {
  passedMs += ms;
  globalThis.Date = LaterDate as DateConstructor;
  performance.now = () => realNow() + passedMs;
}

/** Restores the real clocks. */
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
