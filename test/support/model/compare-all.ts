import { compareRows } from './compare-rows.js';
import { compareMessages } from './compare-messages.js';
import { compareLists, compareSearches } from './compare-lists.js';
import type { ModelOwner } from './owner.js';
import type { Program } from './program.js';
import { settleAll } from '../database/access.js';
import { expectStatus } from '../rest/client.js';
import { refusal } from '../rest/problems.js';
import { compareSaved } from './message-commands.js';
import { outcomeOf } from './refusal.js';
import { save } from './saving.js';

/** Compares all that can be read at the end of a program. */
export async function compareAll(owner: ModelOwner, program: Program): Promise<void> {
  await settleAll([
    ...[compareLists, compareSearches, compareHidden, compareRows].map((compare) => compare(owner, program)),
    ...owner.live.map((session) => compareMessages(session, program)),
  ]);
  await compareClientMessageIds(owner, program);
}

/** Nothing of it is there for another owner. */
async function compareHidden(owner: ModelOwner, { stranger }: Program): Promise<void> {
  expect(expectStatus(await stranger.sessions('?state=all'), 200).data).toEqual([]);
  expect(expectStatus(await stranger.search('nile'), 200).data).toEqual([]);
  const [session] = owner.sessions;
  if (!session) return;
  refusal(await stranger.session(session.id), 404, 'session_not_found');
  refusal(await stranger.restoreSession(session.id), 404, 'session_not_found');
  refusal(await stranger.messages(session.id), 404, 'session_not_found');
}

/** Every message that has a client message id is sent once more, and then another one with it. */
async function compareClientMessageIds(owner: ModelOwner, { reader }: Program): Promise<void> {
  for (const { sent, session } of owner.messages.filter(({ sent }) => sent.clientMessageId !== undefined)) {
    for (const again of [sent, { ...sent, content: 'Else' }]) {
      const outcome = outcomeOf(() => save(owner, session.id, again));
      compareSaved(await reader.save(session.id, again), outcome);
    }
  }
}
