import { Presets, SingleBar } from 'cli-progress';

/** In ms: how often a line is written where there is no terminal. */
const lineIntervalMs = 10_000;

/** Shows how far long work is: a bar on a terminal, a plain line now and then elsewhere. */
export interface Progress {
  at(done: number): void;
  end(): void;
}

/** On standard error, so that standard output is the report alone. @param total of rows, about */
export function createProgress(stream: NodeJS.WriteStream, what: string, total: number): Progress {
  return stream.isTTY ? barProgress(stream, what, total) : lineProgress(stream, what, total);
}

function barProgress(stream: NodeJS.WriteStream, what: string, total: number): Progress {
  const started = Date.now();
  const format = `${what} [{bar}] {percentage}% | {value}/{total} | {rate}/s | {eta_formatted} left`;
  // The terminal is left as it is: whoever interrupts an import has it back unchanged.
  const terminal = { stream, hideCursor: false, linewrap: true, clearOnComplete: true, barsize: 20 };
  const bar = new SingleBar({ ...terminal, format, etaBuffer: 50 }, Presets.legacy);
  bar.start(total, 0, { rate: 0 });
  return {
    at: (done) => {
      // New rows may have come since they were counted.
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
