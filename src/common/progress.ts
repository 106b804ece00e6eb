import { Presets, SingleBar } from 'cli-progress';

/** Interval of progress lines without a terminal. */
const lineIntervalMs = 10_000;

/** Displays progress: a bar on a terminal, otherwise a line every ten seconds. */
export interface Progress {
  at(done: number): void;
  end(): void;
}

/** @param total the approximate number of rows */
export function createProgress(stream: NodeJS.WriteStream, what: string, total: number): Progress {
  return stream.isTTY ? barProgress(stream, what, total) : lineProgress(stream, what, total);
}

function barProgress(stream: NodeJS.WriteStream, what: string, total: number): Progress {
  const started = Date.now();
  const format = `${what} [{bar}] {percentage}% | {value}/{total} | {rate}/s | {eta_formatted} left`;
  // Terminal settings stay unchanged, so that an interrupted import does not leave the cursor hidden.
  const terminal = { stream, hideCursor: false, linewrap: true, clearOnComplete: true, barsize: 20 };
  const bar = new SingleBar({ ...terminal, format, etaBuffer: 50 }, Presets.legacy);
  bar.start(total, 0, { rate: 0 });
  return {
    at: (done) => {
      // Rows may have been added since they were counted.
      if (done > bar.getTotal()) bar.setTotal(done);
      bar.update(done, { rate: Math.round(rate(done, started)) });
    },
    end: () => {
      bar.stop();
    },
  };
}

function lineProgress(stream: NodeJS.WriteStream, what: string, total: number): Progress {
  const started = Date.now();
  let last = started;
  return {
    at: (done) => {
      if (Date.now() - last < lineIntervalMs) return;
      last = Date.now();
      const perSecond = rate(done, started);
      const seconds = Math.ceil(Math.max(total - done, 0) / perSecond);
      stream.write(`${what}: ${done} of ${total}, ${Math.round(perSecond)} a second, about ${seconds} s left\n`);
    },
    end: () => undefined,
  };
}

function rate(done: number, started: number): number {
  return done / Math.max((Date.now() - started) / 1000, 0.001);
}
