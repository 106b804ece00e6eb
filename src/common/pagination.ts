/** One page of a list that is read by position, not by number. `next` is the last item's position, undefined at the end. */
export interface KeysetPage<Item, Position> {
  items: Item[];
  next: Position | undefined;
}

/** Where a list is read: next to one of its rows, on the older or on the newer side. */
export interface ListAnchor {
  direction: 'before' | 'after';
  /** The row's number. */
  rowId: number;
}
