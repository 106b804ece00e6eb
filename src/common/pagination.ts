/** A page of keyset pagination. `next` is the position of the last item; undefined on the last page. */
export interface KeysetPage<Item, Position> {
  items: Item[];
  next: Position | undefined;
}

/** Selects the rows before or after one row of a list. */
export interface ListAnchor {
  direction: 'before' | 'after';
  /** The primary key of that row. */
  rowId: number;
}
