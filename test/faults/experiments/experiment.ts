import type { World } from '../world/world.js';

/** One measured value, and what it has to be; `wanted` is empty for a value that others are compared with. */
export interface Figure {
  what: string;
  measured: string;
  wanted: string;
  isMet: boolean;
}

/** A fault of the database under many callers, on MariaDB with one server. */
export interface Experiment {
  name: string;
  run(world: World): Promise<Figure[]>;
}

/** Every answer is due within REQUEST_DEADLINE_MS (10 s); a busy machine adds to that. In ms. */
export const maxAnswerMs = 11_000;

/** A duration that must not be longer than `maxMs`. */
export function duration(what: string, ms: number, maxMs: number): Figure {
  return { what, measured: `${Math.round(ms)} ms`, wanted: `<= ${maxMs} ms`, isMet: ms <= maxMs };
}

/** A duration to compare others with. */
export function control(what: string, ms: number): Figure {
  return { what, measured: `${Math.round(ms)} ms`, wanted: '', isMet: true };
}

/** A number that must be this one. */
export function exactly(what: string, count: number, wanted: number): Figure {
  return { what, measured: String(count), wanted: String(wanted), isMet: count === wanted };
}

/** A number that has to be at least this one. */
export function atLeast(what: string, count: number, wanted: number): Figure {
  return { what, measured: String(count), wanted: `>= ${wanted}`, isMet: count >= wanted };
}
