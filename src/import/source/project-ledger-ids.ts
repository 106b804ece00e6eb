import { entryNumber, type HistoryEntry } from './project-history.js';

/**
 * Entries that were noted before they had a time of their own keep the number of that note: where it is of none of the
 * others, and of a message that came after those of the entries before: otherwise it is an older entry that has left.
 * @param noted by number, the id of the message; null where the entry is also a row of a table
 */
export function withRecordedIds<Entry extends HistoryEntry>(
  entries: Entry[],
  noted: Map<number, number | null>,
): Entry[] {
  const used = new Set(entries.map(({ rowId }) => rowId));
  let last = 0;
  return entries.map((entry) => {
    const own = noted.get(entry.rowId);
    last = Math.max(last, own ?? 0);
    const rowId = own === undefined && entry.hasTime ? findTimelessRecord(entry, noted, used, last) : undefined;
    if (rowId === undefined) return entry;
    used.add(rowId);
    return { ...entry, rowId };
  });
}

/** The entries of these notes. Of equal ones that were noted without a time it is one that stands for each. */
export function findRecordedEntries<Entry extends HistoryEntry>(entries: Entry[], rowIds: Set<number>): Entry[] {
  const own = new Set(entries.map(({ rowId }) => rowId));
  const equal = new Map<number, number>();
  return entries.flatMap((entry) => {
    const { role, content } = entry;
    const first = entryNumber(role, content, undefined, 1);
    const which = (equal.get(first) ?? 0) + 1;
    equal.set(first, which);
    const timeless = which === 1 ? first : entryNumber(role, content, undefined, which);
    // What is here has the time that it was given then.
    const before = { ...entry, rowId: timeless, hasTime: false };
    return [
      ...(rowIds.has(entry.rowId) ? [entry] : []),
      ...(rowIds.has(timeless) && !own.has(timeless) ? [before] : []),
    ];
  });
}

function findTimelessRecord(
  { role, content }: HistoryEntry,
  noted: Map<number, number | null>,
  used: Set<number>,
  last: number,
): number | undefined {
  for (let which = 1; ; which++) {
    const rowId = entryNumber(role, content, undefined, which);
    const messageId = noted.get(rowId);
    if (messageId === undefined) return undefined;
    if (!used.has(rowId) && (messageId ?? Infinity) > last) return rowId;
  }
}
