import type { ChatSource, RowCount } from '../source/chat-source.js';
import type { Counts } from './report.js';

/**
 * The tables whose counts do not add up, one line each: every row that was read must be imported, already there or
 * skipped, and every row of the source must be read.
 * @param inSource the number of rows in the source by table; tables whose number is not known are left out
 */
export function findImbalances(tables: Map<string, Counts>, inSource: Map<string, number>): string[] {
  return [...tables].flatMap(([table, { read, imported, alreadyThere, skipped }]) => {
    const sum = imported + alreadyThere + skipped;
    const rows = inSource.get(table) ?? read;
    return [
      ...(rows === read ? [] : [`${table}: the source has ${rows} rows, but ${read} were read`]),
      ...(sum === read
        ? []
        : [
            `${table}: ${read} rows were read, but ${imported} imported + ${alreadyThere} already there + ` +
              `${skipped} skipped = ${sum}`,
          ]),
    ];
  });
}

/** The approximate number of messages and sessions. */
export async function countAll(sources: ChatSource[]): Promise<number> {
  let count = 0;
  for (const source of sources) count += await source.count();
  return count;
}

/** The rows of all sources that a run must read, by table. */
export async function countRows(sources: ChatSource[]): Promise<Map<string, RowCount>> {
  const counts = new Map<string, RowCount>();
  for (const source of sources) for (const [table, count] of await source.rowCounts()) counts.set(table, count);
  return counts;
}

/** The numbers of rows of the tables that did not change between two counts. */
export function unchangedCounts(before: Map<string, RowCount>, after: Map<string, RowCount>): Map<string, number> {
  const isUnchanged = (table: string, { rows, lastId }: RowCount) =>
    after.get(table)?.rows === rows && after.get(table)?.lastId === lastId;
  return new Map([...before].flatMap(([table, count]) => (isUnchanged(table, count) ? [[table, count.rows]] : [])));
}
