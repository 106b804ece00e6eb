import { measure, type Database, type Run } from './measure.js';
import type { Operation } from './operations.js';
import { comparePairs, type Comparison } from './pairs.js';
import type { Target } from './targets/target.js';

/** How much is measured. */
export interface Amounts {
  pairs: number;
  /** Requests of each run. */
  requests: number;
  /** The same for the target `obvious`, which is several times slower. */
  obviousRequests: number;
  warmUp: number;
}

/** A server and what is sent to it. */
export interface Candidate {
  target: Target;
  operation: Operation;
}

/** The ratio of a target to itself must be between these, or the others say nothing. */
const [minControl, maxControl] = [0.9, 1.1];
const maxAttempts = 3;

/** Measures candidates against each other, on one database, and prints every pair. */
export class Suite {
  constructor(
    private readonly database: Database,
    private readonly amounts: Amounts,
    private readonly print: (line: string) => void,
  ) {}

  /** All targets get the same number of requests, so that the code of each is compiled to the same degree. */
  async warmUp(candidates: Candidate[]): Promise<void> {
    for (const { target, operation } of candidates)
      await measure(target, operation, this.amounts.warmUp, this.database);
  }

  /** The operation of the second candidate gives the comparison its name. */
  async compare(base: Candidate, other: Candidate, requests = this.amounts.requests): Promise<Comparison> {
    const run =
      ({ target, operation }: Candidate) =>
      () =>
        measure(target, operation, requests, this.database);
    const { name } = other.operation;
    const comparison = await comparePairs(name, this.amounts.pairs, run(base), run(other));
    for (const pair of comparison.pairs) this.print(`${name}: ${describe(pair.target)} | ${describe(pair.base)}`);
    return comparison;
  }

  /**
   * Compares after a comparison of the base with a copy of itself; again when that is too far from 1.
   * @returns also whether the control was near 1
   */
  async compareControlled(base: Candidate, copy: Candidate, other: Candidate): Promise<ControlledComparison> {
    for (let attempt = 1; ; attempt++) {
      const [comparison, control] = [await this.compare(base, other), await this.compare(base, copy)];
      const { median } = control.speed;
      const isConclusive = median >= minControl && median <= maxControl;
      if (isConclusive || attempt === maxAttempts) return { comparison, control, isConclusive };
      this.print(`${other.operation.name}: the control is ${median.toFixed(2)}, once more`);
    }
  }
}

export interface ControlledComparison {
  comparison: Comparison;
  control: Comparison;
  isConclusive: boolean;
}

function describe({ target, perSecond, appUs, databaseUs, p99 }: Run): string {
  const cpu = `${Math.round(appUs)} + ${Math.round(databaseUs)} µs`;
  return `${target} ${Math.round(perSecond)}/s, ${cpu}, p99 ${Math.round(p99)} ms`;
}
