import { checkBranches } from './check-branches.js';
import { checkLists } from './check-lists.js';
import { checkMessages } from './check-messages.js';
import { checkSessions } from './check-sessions.js';
import type { Event } from './events.js';
import type { State } from './state.js';
import type { Violation } from './violation.js';

/** Compares what clients were promised with what is stored. @returns the broken promises */
export function check(events: Event[], state: State): Violation[] {
  return [
    ...checkMessages(events, state),
    ...checkLists(events, state),
    ...checkSessions(events, state),
    ...checkBranches(events, state),
  ];
}
