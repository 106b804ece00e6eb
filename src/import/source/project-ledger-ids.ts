import { entryLedgerId, type HistoryEntry } from './project-history.js';

/**
 * Gives entries the ledger ids under which earlier imports recorded them.
 *
 * The id of an entry is a hash of its role, content and timestamp. Entries that the AI service appended have no
 * timestamp; when a page of the plugin loads them, it sets one and saves the project with it. The ids are then different,
 * but the entries must not be imported again. Example, where `id(x)` is the ledger id of x without a timestamp:
 *
 *     first import    "a", "ok"                         recorded: id("a") -> message 1, id("ok") -> message 2
 *     second import   "a", "ok" at 10:00, "ok" at 10:05
 *
 * The entry of 10:00 takes `id("ok")` and is skipped as recorded; the entry of 10:05 is new.
 *
 * A history may also lose entries at its front. A recorded id is therefore taken only if its message was imported after
 * the recorded entries before it. Example:
 *
 *     first import    "ok", "b"                         recorded: id("ok") -> message 1, id("b") -> message 2
 *     second import   "b", "ok" at 10:00
 *
 * Here `id("ok")` belongs to an older entry, because message 1 was imported before "b": the entry of 10:00 is new.
 * @param recorded message ids by ledger id; null for an entry that was skipped as a duplicate
 */
export function withRecordedIds<Entry extends HistoryEntry>(
  entries: Entry[],
  recorded: Map<number, number | null>,
): Entry[] {
  const usedIds = new Set(entries.map(({ rowId }) => rowId));
  let lastMessageId = 0;
  const isAvailable = (ledgerId: number) =>
    !usedIds.has(ledgerId) && (recorded.get(ledgerId) ?? Infinity) > lastMessageId;
  return entries.map((entry) => {
    lastMessageId = Math.max(lastMessageId, recorded.get(entry.rowId) ?? 0);
    if (!entry.hasTime || recorded.has(entry.rowId)) return entry;
    for (let occurrence = 1; ; occurrence++) {
      const rowId = timelessId(entry, occurrence);
      if (!recorded.has(rowId)) return entry;
      if (!isAvailable(rowId)) continue;
      usedIds.add(rowId);
      return { ...entry, rowId };
    }
  });
}

/**
 * Finds the entries that were recorded under the given ledger ids. An entry that got its timestamp after its import is
 * found under its id without one, and returned without a time of its own, as it was imported.
 */
export function findRecordedEntries<Entry extends HistoryEntry>(entries: Entry[], ledgerIds: Set<number>): Entry[] {
  const currentIds = new Set(entries.map(({ rowId }) => rowId));
  const occurrences = new Map<number, number>();
  return entries.flatMap((entry) => {
    const firstId = timelessId(entry, 1);
    const occurrence = (occurrences.get(firstId) ?? 0) + 1;
    occurrences.set(firstId, occurrence);
    const rowId = timelessId(entry, occurrence);
    const found = ledgerIds.has(entry.rowId) ? [entry] : [];
    return ledgerIds.has(rowId) && !currentIds.has(rowId) ? [...found, { ...entry, rowId, hasTime: false }] : found;
  });
}

/** The ledger id of an entry as if it had no timestamp. */
function timelessId({ role, content }: HistoryEntry, occurrence: number): number {
  return entryLedgerId(role, content, undefined, occurrence);
}
