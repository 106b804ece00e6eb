import { setTimeout as sleep } from 'node:timers/promises';
import type { ChatApi } from './clients/chat-api.js';
import { FaultyHttp } from './clients/http.js';
import { LegacyApi } from './clients/legacy-api.js';
import { Random } from './clients/random.js';
import { RandomClient } from './clients/random-client.js';
import { RestApi } from './clients/rest-api.js';
import { signToken } from './clients/token.js';
import type { Fault } from './faults.js';
import { check } from './history/check.js';
import type { Event } from './history/events.js';
import type { Violation } from './history/violation.js';
import { World } from './world/world.js';

const owners = 6;
/** Between two requests of a client, in ms. */
const pauseMs = 5;
/** Without a fault: before the first one, and between two, in ms. */
const calmMs = 700;
const maxRecoveryMs = 60_000;

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
    const http = new FaultyHttp(() => world.urls, random);
    const events: Event[] = [];
    const stop = new AbortController();
    const clients = startClients(http, random, events, stop.signal);
    let recovery = 0;
    for (let time = 0; time < times; time++) {
      await sleep(calmMs + random.below(calmMs));
      await fault.inject(world, random, http);
      recovery = Math.max(recovery, await untilRecovered(http));
    }
    await sleep(calmMs);
    stop.abort();
    await clients;
    http.close();
    const violations = check(events, await world.end());
    const unexpected = http.observations.unexpected.map((what): Violation => ({ kind: 'unexpected answer', what }));
    return {
      fault: fault.name,
      mustLose: fault.mustLose === true,
      times,
      acknowledged: events.filter(({ kind, outcome }) => kind === 'save' && outcome === 'ok').length,
      unknown: events.filter(({ outcome }) => outcome === 'unknown').length,
      violations: [...violations, ...unexpected],
      longestRequest: http.observations.longest,
      recovery,
    };
  } finally {
    await world.remove();
  }
}

/** Each owner has a client of each interface. */
export async function startClients(
  http: FaultyHttp,
  random: Random,
  events: Event[],
  signal: AbortSignal,
): Promise<void> {
  const now = () => performance.now();
  const clients = Array.from({ length: owners }, (_, index) => index + 1).flatMap((owner) => {
    const sessions: string[] = [];
    const token = signToken(owner);
    const apis: ChatApi[] = [new RestApi(http, token), new LegacyApi(http, token)];
    return apis.map(
      (api, which) =>
        new RandomClient(api, { ...{ owner, client: owner * 10 + which, sessions }, random, events, signal, now }),
    );
  });
  await Promise.all(clients.map((client) => client.run(pauseMs)));
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
