/** Page size for reading owners. */
export const ownersPerQuery = 500;

/** A row's position in the order of a table: a whole number, as text where JavaScript may not represent it exactly. */
export type Position = number | string;

/**
 * Reads rows in the order of their ids, page by page. Rows with the same id are in the same page.
 * @param fetch the first `limit` rows behind the position `after` (undefined: from the first one), ascending
 */
export async function* pagesById<Row extends { id: number; position: Position }>(
  { hasUniqueIds, size }: { hasUniqueIds: boolean; size: number },
  fetch: (after: Position | undefined, limit: number) => Promise<Row[]>,
): AsyncGenerator<Row[]> {
  let limit = size;
  for (let after: Position | undefined; ;) {
    const rows = await fetch(after, limit);
    const last = rows.at(-1);
    if (!last) return;
    if (rows.length < limit) {
      yield rows;
      return;
    }
    // More rows with the last id may follow: those are left for the next page.
    const complete = hasUniqueIds ? rows : rows.filter(({ id }) => id !== last.id);
    const end = complete.at(-1);
    if (end) {
      yield complete;
      after = end.position;
      limit = size;
    } else {
      limit *= 2;
    }
  }
}

/** Groups items in order, so that a group has at most `maxBytes`; a single item may have more. */
export function* groupsByBytes<Item>(
  items: Iterable<Item>,
  bytesOf: (item: Item) => number,
  maxBytes: number,
): Generator<Item[]> {
  let group: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    if (group.length > 0 && bytes + bytesOf(item) > maxBytes) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(item);
    bytes += bytesOf(item);
  }
  if (group.length > 0) yield group;
}
