import type { ChatApi } from './clients/chat-api.js';
import { FaultyHttp, type Observations } from './clients/http.js';
import { LegacyApi } from './clients/legacy-api.js';
import type { Random } from './clients/random.js';
import { RandomClient } from './clients/random-client.js';
import { RestApi } from './clients/rest-api.js';
import { signToken } from './clients/token.js';
import { check } from './history/check.js';
import type { Event } from './history/events.js';
import type { Violation } from './history/violation.js';
import type { World } from './world/world.js';

const owners = 6;
/** Between two requests of a client, in ms. */
const pauseMs = 5;

/** What clients have done and seen, and the promises that were broken. */
export interface LoadResult {
  events: Event[];
  observations: Observations;
  violations: Violation[];
}

/** Lets clients do everything at random until `during` ends; then stops the servers and checks every promise. */
export async function underLoad(
  world: World,
  random: Random,
  during: (http: FaultyHttp) => Promise<void>,
): Promise<LoadResult> {
  const http = new FaultyHttp(() => world.urls, random);
  const events: Event[] = [];
  const stop = new AbortController();
  const clients = startClients(http, random, events, stop.signal);
  try {
    await during(http);
  } finally {
    // Clients that go on after a failure would find the servers of a later fault at the same port.
    stop.abort();
    await clients;
    http.close();
  }
  const { observations } = http;
  const unexpected = observations.unexpected.map((what): Violation => ({ kind: 'unexpected answer', what }));
  return { events, observations, violations: [...check(events, await world.end()), ...unexpected] };
}

/** Each owner has a client of each interface. */
async function startClients(http: FaultyHttp, random: Random, events: Event[], signal: AbortSignal): Promise<void> {
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
