import type { Fingerprint } from './chat-tables.repository.js';
import type { HistoryEntry } from './project-history.js';
import { sha256Hex } from '../../common/hash.js';

/** Clocks of clients and servers differ by less; equal messages of one user are mostly further apart. */
const maxDifferenceMs = 5 * 60_000;

/**
 * Finds entries that are also rows of the message table: same role, same content, at most five minutes apart. Each row
 * is the duplicate of at most one entry, the nearest in time: of two equal entries and one such row, one entry remains.
 * @param entries entries that were not imported as messages: a row that is saved after such an import is another message
 * @returns the row's id by the entry's ledger id
 */
export async function findDuplicates(
  entries: HistoryEntry[],
  fingerprints: AsyncIterable<Fingerprint[]>,
): Promise<Map<number, number>> {
  const unmatched = new Map<string, HistoryEntry[]>();
  for (const entry of entries) {
    const key = `${entry.role} ${sha256Hex(entry.content)}`;
    const equal = unmatched.get(key);
    if (equal) equal.push(entry);
    else unmatched.set(key, [entry]);
  }
  const duplicates = new Map<number, number>();
  for await (const page of fingerprints) {
    for (const { id, role, hash: content, times } of page) {
      const equal = unmatched.get(`${role} ${content}`) ?? [];
      const index = nearest(equal, times);
      const [entry] = index === -1 ? [] : equal.splice(index, 1);
      if (entry) duplicates.set(entry.rowId, id);
    }
  }
  return duplicates;
}

/** The index of the first nearest entry, or -1 when all are too far away. */
function nearest(entries: HistoryEntry[], times: number[]): number {
  const distances = entries.map(({ time }) => distance(time, times));
  return distances.indexOf(distances.reduce((least, next) => Math.min(least, next), maxDifferenceMs));
}

/** An entry without any time matches every row, but entries with a time are preferred. */
function distance(time: number | undefined, times: number[]): number {
  return time === undefined ? maxDifferenceMs : Math.min(...times.map((other) => Math.abs(other - time)));
}
