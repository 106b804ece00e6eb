import type { Fingerprint } from './chat-tables.repository.js';
import type { HistoryEntry } from './project-history.js';
import { hash } from '../plan/session-mapping.js';

/** In ms: clocks of clients and servers differ by less, and equal messages of one person mostly by more. */
const maxDifferenceMs = 5 * 60_000;

/**
 * Which entries are also rows of the table of messages: by the entry's number, the row's id. Same role and content at
 * about the same time; each row is the twin of one entry, the nearest, so that of two equal entries and one row one
 * entry remains.
 * @param entries without those that have become messages: a row that is saved later is not theirs
 */
export async function findDuplicates(
  entries: HistoryEntry[],
  fingerprints: AsyncIterable<Fingerprint[]>,
): Promise<Map<number, number>> {
  const waiting = new Map<string, HistoryEntry[]>();
  for (const entry of entries) {
    const key = `${entry.role} ${hash(entry.content)}`;
    const equal = waiting.get(key);
    if (equal) equal.push(entry);
    else waiting.set(key, [entry]);
  }
  const twins = new Map<number, number>();
  for await (const page of fingerprints) {
    for (const { id, role, hash: content, times } of page) {
      const equal = waiting.get(`${role} ${content}`) ?? [];
      const index = nearest(equal, times);
      const [entry] = index === -1 ? [] : equal.splice(index, 1);
      if (entry) twins.set(entry.rowId, id);
    }
  }
  return twins;
}

/** The index of the first of the nearest; -1 where all are too far away. */
function nearest(entries: HistoryEntry[], times: number[]): number {
  const distances = entries.map(({ time }) => distance(time, times));
  return distances.indexOf(distances.reduce((least, one) => Math.min(least, one), maxDifferenceMs));
}

/** Without a time it may be any, but one with a time is nearer. */
function distance(time: number | undefined, times: number[]): number {
  return time === undefined ? maxDifferenceMs : Math.min(...times.map((other) => Math.abs(other - time)));
}
