import { rootParent } from '../../../src/branches/branch-rules.js';
import { keyOf, lastEffect, type Save, type Switch } from './events.js';
import type { MessageTree } from './message-tree.js';
import type { StoredMessage } from './state.js';
import type { Violation } from './violation.js';

/** A moment in the history of a session: a save, or the end of the history. */
interface Moment {
  /** Before it the session has the messages with a lower one. */
  sequence: number;
  /** When it has come, in ms: between these two times. */
  start: number;
  last: number;
}

const endOfHistory: Moment = { sequence: Infinity, start: Infinity, last: Infinity };

/** A change after which the current branch ends with this message, if no other one came in between. */
interface Ending {
  end: number;
  start: number;
  last: number;
  isCertain: boolean;
}

/** Checks that messages continue the current branch, and that it ends where the last change of the session says. */
export class EndCheck {
  constructor(
    private readonly tree: MessageTree,
    private readonly saves: Map<string, Save>,
    private readonly switches: Switch[],
  ) {}

  violations(): Violation[] {
    const { tree } = this;
    const end = tree.branch.at(-1)?.id ?? rootParent;
    const violations = tree.rows.flatMap((row, index) => this.checkContinued(row, tree.rows[index - 1]));
    const possible = this.possibleEnds(endOfHistory, tree.rows.at(-1));
    if (!possible || possible.includes(end)) return violations;
    const what = `a branch of ${tree.rows[0]?.session ?? ''} ends with ${end}, not with ${possible.join(' or ')}`;
    return [...violations, { kind: 'wrong end', what }];
  }

  /** A message that was sent without a place follows the end of the branch. */
  private checkContinued(row: StoredMessage, previous: StoredMessage | undefined): Violation[] {
    const save = this.saves.get(keyOf(row.content));
    if (!save || save.place) return [];
    const moment = { sequence: row.sequence, start: save.start, last: lastEffect(save) };
    const possible = this.possibleEnds(moment, previous);
    const parentId = this.tree.parentIdOf(row);
    if (!possible || possible.includes(parentId)) return [];
    return [
      { kind: 'wrong parent', what: `${save.key} (${row.id}) follows ${parentId}, not ${possible.join(' or ')}` },
    ];
  }

  /**
   * Where the branch may end at a moment. Saves are in the order of their sequences, so that only the last one before it
   * counts, and each switch that may have come between the two. Clearing, deleting and restoring change nothing of that:
   * they take away and bring back all messages up to one sequence, and those after it follow what is restored.
   * @returns undefined when the last message is none that was sent
   */
  private possibleEnds(moment: Moment, last: StoredMessage | undefined): number[] | undefined {
    if (!last) return [rootParent];
    const save = this.saves.get(keyOf(last.content));
    if (!save) return undefined;
    const endings: Ending[] = [
      { end: last.id, start: save.start, last: lastEffect(save), isCertain: true },
      ...this.switches.flatMap((event) => this.endingOf(event, moment)),
    ];
    const isOver = (ending: Ending) => endings.some(({ isCertain, start }) => isCertain && start > ending.last);
    return [...new Set(endings.filter((ending) => !isOver(ending)).map(({ end }) => end))];
  }

  /** None for a switch to a message that came later, or that was deleted since: that of the last save is there. */
  private endingOf(event: Switch, { sequence, start, last }: Moment): Ending[] {
    const through = this.tree.get(event.through);
    if (!through || through.sequence >= sequence || event.outcome === 'rejected' || event.start >= last) return [];
    const isCertain = event.outcome === 'ok' && event.end < start;
    const { id } = this.tree.newestLeaf(through, sequence);
    return [{ end: id, start: event.start, last: lastEffect(event), isCertain }];
  }
}
