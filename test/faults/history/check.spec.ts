import { Random } from '../clients/random.js';
import { RandomClient } from '../clients/random-client.js';
import { check } from './check.js';
import type { Event } from './events.js';
import { ModelStore, bugs, type Bug } from './model-store.js';
import type { Violation } from './violation.js';

const requestsPerClient = 150;

/** Two clients for each of three owners use a store with this bug. */
async function violationsOf(bug: Bug | undefined, seed = 1): Promise<Violation[]> {
  const random = new Random(seed);
  const store = new ModelStore(random, bug);
  const events: Event[] = [];
  const { signal } = new AbortController();
  const clients = [1, 3, 5].flatMap((owner) => {
    const sessions: string[] = [];
    return [0, 1].map(
      (which) =>
        new RandomClient(store.api(owner), {
          ...{ owner, client: owner * 10 + which, sessions, random, events, signal },
          now: () => performance.now(),
        }),
    );
  });
  await Promise.all(
    clients.map(async (client) => {
      for (let request = 0; request < requestsPerClient; request++) await client.step();
    }),
  );
  expect(events.length).toBeGreaterThanOrEqual(clients.length * requestsPerClient);
  return check(events, store.state);
}

const expected: Record<Bug, Violation['kind']> = {
  'loses an acknowledged message': 'lost',
  'saves a message twice': 'duplicated',
  'saves a message that it rejects': 'rejected but stored',
  'assigns a lower sequence to a later message': 'out of order',
  'stamps a message before an earlier one': 'out of order',
  'trims a content': 'altered',
  'loses the last chunk of a message': 'altered',
  'saves into the chat of another owner': 'foreign',
  'activates a second session': 'two active sessions',
  'keeps the messages of a deleted session': 'orphan',
  'does not count a message': 'wrong counter',
  'does not count the bytes of a message': 'wrong counter',
  'forgets one message when it clears': 'resurrected',
  'skips a message between two pages': 'incomplete list',
  'repeats a message on the next page': 'repeated in a list',
  'restores all messages but one': 'lost',
  'loses a rename': 'wrong title',
};

describe('check', () => {
  it.each([1, 2, 3])('finds nothing in a store that keeps its promises (%i)', async (seed) => {
    expect(await violationsOf(undefined, seed)).toEqual([]);
  });

  it.each(bugs)('finds that a store %s', async (bug) => {
    const kinds = new Set((await violationsOf(bug)).map(({ kind }) => kind));
    expect(kinds).toContain(expected[bug]);
  });
});
