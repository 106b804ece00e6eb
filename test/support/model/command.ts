import fc from 'fast-check';
import { compareBranch, compareSessions } from './compare.js';
import type { ModelOwner } from './owner.js';
import type { Program } from './program.js';
import type { ModelSession } from './session.js';

export type ModelCommand = fc.AsyncCommand<ModelOwner, Program>;

/**
 * Changes the model, sends the request and compares the answer.
 * @returns the session that it has touched
 */
type Perform<Values> = (
  values: Values,
  owner: ModelOwner,
  program: Program,
) => Promise<ModelSession | string | undefined>;

/** For commands that need nothing. */
export const always = () => true;

/** Whether there is a session: without one most requests would be refused. */
const hasSession = (owner: Readonly<ModelOwner>) => owner.live.length > 0;

/**
 * A command with generated values. After it, the lists of the sessions and the current branch of the touched session are
 * those of the model.
 * @param isPossible whether it has something to work on; a session by default
 */
export function command<Values>(
  name: string,
  values: fc.Arbitrary<Values>,
  perform: Perform<Values>,
  isPossible: (owner: Readonly<ModelOwner>) => boolean = hasSession,
): fc.Arbitrary<ModelCommand> {
  return values.map((given) => ({
    check: isPossible,
    run: async (owner, program) => {
      program.command = name;
      const touched = await perform(given, owner, program);
      await compareSessions(owner, program);
      const session = typeof touched === 'string' ? owner.find(touched) : touched;
      if (session && owner.live.includes(session)) await compareBranch(program, session);
    },
    toString: () => `${name} ${JSON.stringify(given)}`,
  }));
}
