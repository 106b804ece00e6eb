import type { Run } from './measure.js';

/** Runs of a target and of the one that it is compared with, one after the other. */
export interface Pair {
  base: Run;
  target: Run;
}

export interface Ratio {
  median: number;
  min: number;
  max: number;
}

/** A target compared with another one for one operation. */
export interface Comparison {
  operation: string;
  pairs: Pair[];
  /** Requests per second, of the target to the base. */
  speed: Ratio;
  /** CPU per request of server and database together, of the base to the target: above 1, the target needs less. */
  cpu: Ratio;
}

type Measure = () => Promise<Run>;

/** Measures adjacent pairs in alternating order. */
export async function comparePairs(
  operation: string,
  count: number,
  base: Measure,
  target: Measure,
): Promise<Comparison> {
  const pairs: Pair[] = [];
  for (let number = 0; number < count; number++) {
    if (number % 2 === 0) {
      pairs.push({ base: await base(), target: await target() });
    } else {
      const first = await target();
      pairs.push({ base: await base(), target: first });
    }
  }
  return compare(operation, pairs);
}

export function compare(operation: string, pairs: Pair[]): Comparison {
  const cpuUs = ({ appUs, databaseUs }: Run) => appUs + databaseUs;
  return {
    operation,
    pairs,
    speed: ratioOf(pairs.map(({ base, target }) => target.perSecond / base.perSecond)),
    cpu: ratioOf(pairs.map(({ base, target }) => cpuUs(base) / cpuUs(target))),
  };
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? at(sorted, middle) : (at(sorted, middle - 1) + at(sorted, middle)) / 2;
}

function ratioOf(values: number[]): Ratio {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

function at(values: number[], index: number): number {
  return values[index] ?? Number.NaN;
}
