import { keyOf, lastEffect, mayHaveContent, senderOf, type Event, type Save } from './events.js';
import { Removals } from './removals.js';
import type { State, StoredMessage } from './state.js';
import type { Violation } from './violation.js';

/** Checks each message that was sent, and each that is stored. */
export function checkMessages(events: Event[], { messages }: State): Violation[] {
  const saves = events.filter((event) => event.kind === 'save');
  const removals = new Removals(events);
  const stored = groupBy(messages, ({ content }) => keyOf(content));
  const sent = new Map(saves.map((save) => [save.key, save]));
  return [
    ...saves.flatMap((save) => checkSave(save, stored.get(save.key) ?? [], removals)),
    ...messages.filter(({ content }) => !sent.has(keyOf(content))).map(({ content }) => altered(content)),
    ...[...groupBy(messages, ({ owner, session }) => `${owner} ${session}`).values()].flatMap((rows) =>
      checkOrder(rows, sent),
    ),
  ];
}

function checkSave(save: Save, rows: StoredMessage[], removals: Removals): Violation[] {
  const { key, outcome } = save;
  const [row, ...others] = rows;
  if (!row) {
    return outcome === 'ok' && !removals.mayExplain(save, save.start) ? [{ kind: 'lost', what: key }] : [];
  }
  const violations: Violation[] = [];
  if (others.length > 0) violations.push({ kind: 'duplicated', what: `${key}, ${rows.length} times` });
  if (outcome === 'rejected') violations.push({ kind: 'rejected but stored', what: key });
  if (!mayHaveContent(save, row.content, Number.MAX_VALUE)) violations.push(altered(key));
  if (row.owner !== senderOf(key)) violations.push({ kind: 'foreign', what: `${key} of owner ${row.owner}` });
  if (save.session !== undefined && row.session !== save.session) {
    violations.push({ kind: 'altered', what: `${key} is in ${row.session}` });
  }
  const removal = removals.inForce(row).find(({ start }) => start > lastEffect(save));
  if (removal) violations.push({ kind: 'resurrected', what: `${key} after ${removal.kind} of ${row.session}` });
  return violations;
}

/** Saves that followed each other have ascending sequences; a message that the server has stamped is the newest so far. */
function checkOrder(rows: StoredMessage[], sent: Map<string, Save>): Violation[] {
  const violations: Violation[] = [];
  let latestStart = -Infinity;
  let newest = -Infinity;
  let previous = 0;
  for (const row of rows.toSorted((one, other) => one.sequence - other.sequence)) {
    const save = sent.get(keyOf(row.content));
    if (row.sequence === previous) violations.push({ kind: 'out of order', what: `sequence ${row.sequence} twice` });
    if (save?.outcome === 'ok' && save.end < latestStart) {
      violations.push({ kind: 'out of order', what: `${save.key} after a message that was sent later` });
    }
    if (save && !save.stamped && row.timestamp < newest) {
      violations.push({ kind: 'out of order', what: `${save.key} is stamped before an earlier message` });
    }
    if (save) latestStart = Math.max(latestStart, save.start);
    newest = Math.max(newest, row.timestamp);
    previous = row.sequence;
  }
  return violations;
}

function altered(content: string): Violation {
  return { kind: 'altered', what: content.slice(0, 60) };
}

export function groupBy<Item>(items: Item[], keyOfItem: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOfItem(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
