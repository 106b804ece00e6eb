/** One page of a list that is read by position, not by number. `next` is the last item's position, undefined at the end. */
export interface KeysetPage<Item, Position> {
  items: Item[];
  next: Position | undefined;
}
