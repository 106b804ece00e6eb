import { BranchMoves } from './branch-moves.js';
import { groupBy } from './check-messages.js';
import { keyOf, lastEffect, mayHaveContent, senderOf, type Event, type Read, type Save } from './events.js';
import { placeOf, treesOf, type MessageTree } from './message-tree.js';
import { Removals } from './removals.js';
import type { State } from './state.js';
import type { Violation } from './violation.js';

/** Checks what clients have read while others wrote: a list in pages must equal one that is read at once. */
export function checkLists(events: Event[], { messages }: State): Violation[] {
  const allSaves = events.filter((event) => event.kind === 'save');
  const saves = new Map(allSaves.map((save) => [save.key, save]));
  const acknowledged = groupBy(
    allSaves.filter(({ outcome }) => outcome === 'ok'),
    placeOf,
  );
  const trees = treesOf(messages);
  const changes = { removals: new Removals(events), moves: new BranchMoves(events, trees) };
  return events.flatMap((event) => {
    if (event.outcome !== 'ok') return [];
    if (event.kind === 'sessions' && event.active.length > 1) {
      return [{ kind: 'two active sessions', what: event.active.join(', ') }];
    }
    if (event.kind !== 'read') return [];
    const tree = trees.get(placeOf(event));
    const mayBeMixed = event.isTree || !tree || changes.moves.mayOverlap(event);
    return [...checkRead(event, saves, acknowledged, changes), ...(mayBeMixed ? [] : checkBranch(event, tree))];
  });
}

/** What changes which messages a list has. */
interface Changes {
  removals: Removals;
  moves: BranchMoves;
}

function checkRead(
  read: Read,
  saves: Map<string, Save>,
  acknowledged: Map<string, Save[]>,
  { removals, moves }: Changes,
): Violation[] {
  const { owner, session, contents, positions, start, end } = read;
  const violations: Violation[] = [];
  const found = new Set<string>();
  for (const content of contents) {
    const key = keyOf(content);
    const save = saves.get(key);
    if (found.has(key)) violations.push({ kind: 'repeated in a list', what: key });
    found.add(key);
    if (senderOf(key) !== owner) violations.push({ kind: 'foreign', what: `${key} read by owner ${owner}` });
    else if (save && !mayHaveContent(save, content, start))
      violations.push({ kind: 'altered', what: `${key} in a list` });
    if (save?.outcome === 'rejected') violations.push({ kind: 'rejected but stored', what: `${key} in a list` });
    if (save && removals.inForce(read).some((removal) => removal.start > lastEffect(save) && removal.end < start)) {
      violations.push({ kind: 'resurrected', what: `${key} in a list` });
    }
  }
  if (positions.some((position, index) => position < (positions[index - 1] ?? position))) {
    violations.push({ kind: 'unordered list', what: session });
  }
  for (const save of acknowledged.get(placeOf(read)) ?? []) {
    if (save.end >= start || found.has(save.key)) continue;
    const mayBeRemoved = removals
      .of(read)
      .some((removal) => removal.outcome !== 'rejected' && lastEffect(removal) > save.start && removal.start < end);
    const mayBeHidden = !read.isTree && moves.mayExplain(read, save);
    if (!mayBeRemoved && !mayBeHidden) violations.push({ kind: 'incomplete list', what: save.key });
  }
  return violations;
}

/** The messages of a list of one branch, as far as they are still there, are on the path to the newest of them. */
function checkBranch({ contents, session }: Read, tree: MessageTree): Violation[] {
  const listed = contents.flatMap((content) => tree.withKey(keyOf(content)) ?? []);
  const path = new Set(tree.path(listed.toSorted((one, other) => one.sequence - other.sequence).at(-1)));
  const others = listed.filter((row) => !path.has(row)).map(({ id }) => id);
  return others.length === 0 ? [] : [{ kind: 'broken branch', what: `a list of ${session} has ${others.join(', ')}` }];
}
