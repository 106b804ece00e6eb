import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultyHttp } from './clients/http.js';
import { Random } from './clients/random.js';
import type { Fault } from './faults.js';
import type { Violation } from './history/violation.js';
import { underLoad } from './under-load.js';
import { World } from './world/world.js';

/** Without a fault: before the first one, and between two, in ms. */
const calmMs = 700;
/** MariaDB looks once a minute whether a disk that was full has space again. */
const maxRecoveryMs = 90_000;

/** What a fault did, that was injected some times while clients used the store. */
export interface Result {
  fault: string;
  /** A control that must lose what was acknowledged. */
  mustLose: boolean;
  times: number;
  acknowledged: number;
  unknown: number;
  violations: Violation[];
  /** In ms. */
  longestRequest: number;
  /** The longest time from the end of the fault to the first acknowledged request, in ms. */
  recovery: number;
}

/** Whether the store has kept its promises, or a control has lost what it must lose. */
export function hasPassed({ mustLose, violations }: Result): boolean {
  return mustLose ? violations.some(({ kind }) => kind === 'lost') : violations.length === 0;
}

/** Injects the fault `times` times while clients do everything at random, and checks every promise afterwards. */
export async function runFault(fault: Fault, times: number, seed: number): Promise<Result> {
  const world = await World.start(fault);
  try {
    const random = new Random(seed);
    let recovery = 0;
    const { events, observations, violations } = await underLoad(world, random, async (http) => {
      for (let time = 0; time < times; time++) {
        await sleep(calmMs + random.below(calmMs));
        await fault.inject(world, random, http);
        recovery = Math.max(recovery, await untilRecovered(http));
      }
      await sleep(calmMs);
    });
    return {
      fault: fault.name,
      mustLose: fault.mustLose === true,
      times,
      acknowledged: events.filter(({ kind, outcome }) => kind === 'save' && outcome === 'ok').length,
      unknown: events.filter(({ outcome }) => outcome === 'unknown').length,
      violations,
      longestRequest: observations.longest,
      recovery,
    };
  } finally {
    await world.remove();
  }
}

/** @returns the time until a request is acknowledged, in ms */
async function untilRecovered({ observations }: FaultyHttp): Promise<number> {
  const start = performance.now();
  while (observations.acknowledgedAt < start) {
    if (performance.now() - start > maxRecoveryMs) throw new Error(`no request succeeds after ${maxRecoveryMs} ms`);
    await sleep(5);
  }
  return observations.acknowledgedAt - start;
}
