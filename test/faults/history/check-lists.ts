import { groupBy } from './check-messages.js';
import { keyOf, lastEffect, mayHaveContent, senderOf, type Event, type Read, type Save } from './events.js';
import { Removals } from './removals.js';
import type { Violation } from './violation.js';

/** Checks what clients have read while others wrote: a list in pages must equal one that is read at once. */
export function checkLists(events: Event[]): Violation[] {
  const allSaves = events.filter((event) => event.kind === 'save');
  const saves = new Map(allSaves.map((save) => [save.key, save]));
  const acknowledged = groupBy(
    allSaves.filter(({ outcome }) => outcome === 'ok'),
    ({ owner, session }) => `${owner} ${session}`,
  );
  const removals = new Removals(events);
  return events.flatMap((event) => {
    if (event.outcome !== 'ok') return [];
    if (event.kind === 'sessions' && event.active.length > 1) {
      return [{ kind: 'two active sessions', what: event.active.join(', ') }];
    }
    return event.kind === 'read' ? checkRead(event, saves, acknowledged, removals) : [];
  });
}

function checkRead(
  read: Read,
  saves: Map<string, Save>,
  acknowledged: Map<string, Save[]>,
  removals: Removals,
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
  for (const save of acknowledged.get(`${owner} ${session}`) ?? []) {
    if (save.end >= start || found.has(save.key)) continue;
    const mayBeRemoved = removals
      .of(read)
      .some((removal) => removal.outcome !== 'rejected' && lastEffect(removal) > save.start && removal.start < end);
    if (!mayBeRemoved) violations.push({ kind: 'incomplete list', what: save.key });
  }
  return violations;
}
