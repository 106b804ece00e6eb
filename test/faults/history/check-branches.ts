import { rootParent } from '../../../src/branches/branch-rules.js';
import { EndCheck } from './check-ends.js';
import { groupBy } from './check-messages.js';
import { keyOf, type Event, type Save } from './events.js';
import { placeOf, treesOf, type MessageTree } from './message-tree.js';
import type { State, StoredMessage } from './state.js';
import type { Violation } from './violation.js';

/** Checks the tree of each session, and its current branch. Clients delete no single messages. */
export function checkBranches(events: Event[], { messages }: State): Violation[] {
  const saves = new Map(events.filter((event) => event.kind === 'save').map((save) => [save.key, save]));
  const switches = groupBy(
    events.filter((event) => event.kind === 'switch'),
    placeOf,
  );
  return [...treesOf(messages)].flatMap(([place, tree]) => [
    ...tree.rows.flatMap((row) => checkPlace(tree, row, saves.get(keyOf(row.content)))),
    ...checkPath(tree),
    ...new EndCheck(tree, saves, switches.get(place) ?? []).violations(),
  ]);
}

/** What a message follows, and what it is a version of, is in the same session, was saved before, and is what was sent. */
function checkPlace(tree: MessageTree, row: StoredMessage, save: Save | undefined): Violation[] {
  const place: Partial<Record<'revises' | 'follows', string>> = save?.place ?? {};
  const parentId = tree.parentIdOf(row);
  const parent = tree.get(parentId);
  const revised = row.revisionOf === null ? undefined : tree.get(row.revisionOf);
  const isPlaced =
    (parentId === rootParent || (parent !== undefined && parent.sequence < row.sequence)) &&
    (place.follows === undefined || String(parentId) === place.follows);
  const isVersion =
    row.revisionOf === null ||
    (revised !== undefined && revised.sequence < row.sequence && tree.parentIdOf(revised) === parentId);
  const isSent = !save || String(row.revisionOf ?? '') === (place.revises ?? '');
  if (isPlaced && isVersion && isSent) return [];
  const what = `${keyOf(row.content)} (${row.id}) follows ${parentId} and revises ${String(row.revisionOf)}`;
  return [{ kind: 'wrong parent', what: `${what}, was sent with ${JSON.stringify(place)}` }];
}

/** The messages of the current branch are one path, from the beginning of the session to a message without replies. */
function checkPath(tree: MessageTree): Violation[] {
  const { branch, rows } = tree;
  const violations: Violation[] = [];
  let end = rootParent;
  for (const row of branch) {
    const parentId = tree.parentIdOf(row);
    if (parentId !== end) {
      violations.push({ kind: 'broken branch', what: `${row.id} follows ${parentId}, not ${end} before it` });
    }
    end = row.id;
  }
  const reply = rows.find((row) => tree.parentIdOf(row) === end);
  if (reply) violations.push({ kind: 'broken branch', what: `${reply.id} follows its end ${end}` });
  return violations;
}
