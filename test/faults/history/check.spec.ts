import { Random } from '../clients/random.js';
import { RandomClient } from '../clients/random-client.js';
import { check } from './check.js';
import type { Event } from './events.js';
import { bugs, type Bug } from './model-bugs.js';
import { treesOf } from './message-tree.js';
import { ModelStore } from './model-store.js';
import type { State, StoredMessage } from './state.js';
import type { Violation } from './violation.js';

const requestsPerClient = 400;

/** What two clients for each of three owners have done with a store with this bug, and its rows afterwards. */
async function historyOf(bug: Bug | undefined, seed: number): Promise<{ events: Event[]; state: State }> {
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
  return { events, state: store.state };
}

async function violationsOf(bug: Bug | undefined, seed = 1): Promise<Violation[]> {
  const { events, state } = await historyOf(bug, seed);
  return check(events, state);
}

/** Rows as older programs save them: without a parent, where that is the message before. */
function withoutParents(messages: StoredMessage[]): StoredMessage[] {
  return [...treesOf(messages).values()].flatMap(({ rows }) =>
    rows.map((row, index) => (row.parentId === (rows[index - 1]?.id ?? 0) ? { ...row, parentId: null } : row)),
  );
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
  'overwrites a message when it edits it': 'lost',
  'does not hide what follows an edited message': 'broken branch',
  'does not end the branch with a message that it saves': 'wrong end',
  'saves an answer at the end of the branch': 'wrong parent',
  'shows the oldest end of a branch': 'wrong parent',
  'leaves other branches out of the tree': 'incomplete list',
  'lists a branch from its last edit on': 'incomplete list',
  'has a message follow one that was cleared': 'wrong parent',
  'has two beginnings after cleared messages are restored': 'broken branch',
};

describe('check', () => {
  it.each([1, 2, 3, 4, 5])('finds nothing in a store that keeps its promises (%i)', async (seed) => {
    expect(await violationsOf(undefined, seed)).toEqual([]);
  });

  it('finds nothing in rows that do not name the message before them', async () => {
    const { events, state } = await historyOf(undefined, 1);
    const messages = withoutParents(state.messages);
    expect(messages.filter(({ parentId }) => parentId === null).length).toBeGreaterThan(20);
    expect(check(events, { ...state, messages })).toEqual([]);
  });

  it.each(bugs)('finds that a store %s', async (bug) => {
    const kinds = new Set((await violationsOf(bug)).map(({ kind }) => kind));
    expect(kinds).toContain(expected[bug]);
  });
});
