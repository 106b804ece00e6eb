import type { StoredMessage } from './state.js';

/** A message of a session as a place in its tree. */
type Node = Pick<StoredMessage, 'id' | 'sequence' | 'parentId' | 'onBranch'>;

/** The parent of messages with which a session begins. */
export const root = 0;

/** The end of the current branch, or `root`. @param rows of one session, like those of all functions here */
export function headOf(rows: Node[]): number {
  return bySequence(rows).findLast(({ onBranch }) => onBranch)?.id ?? root;
}

/** Makes the branch the current one that ends with this message, or no message. */
export function moveTo(rows: Node[], end: number): void {
  const path = new Set<number>();
  for (let id = end; id !== root && !path.has(id);) {
    path.add(id);
    id = rows.find((row) => row.id === id)?.parentId ?? root;
  }
  for (const row of rows) row.onBranch = path.has(row.id);
}

/** The messages among one and those that follow from it which nothing follows. */
export function leavesOf(rows: Node[], id: number): number[] {
  const ids = new Set([id]);
  for (const row of bySequence(rows)) if (ids.has(row.parentId ?? root)) ids.add(row.id);
  const parents = new Set(rows.map(({ parentId }) => parentId));
  return bySequence(rows)
    .filter((row) => ids.has(row.id) && !parents.has(row.id))
    .map((row) => row.id);
}

function bySequence(rows: Node[]): Node[] {
  return rows.toSorted((one, other) => one.sequence - other.sequence);
}
