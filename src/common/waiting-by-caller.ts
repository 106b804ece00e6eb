/** What waits for its turn, by caller. Iterates over the callers in the order of their turns. */
export class WaitingByCaller<Item extends { caller: string }> {
  readonly #byCaller = new Map<string, Item[]>();
  #size = 0;

  /** The items of all callers. */
  get size(): number {
    return this.#size;
  }

  [Symbol.iterator](): IterableIterator<[caller: string, items: Item[]]> {
    return this.#byCaller.entries();
  }

  add(item: Item): void {
    const others = this.#byCaller.get(item.caller);
    if (others) others.push(item);
    else this.#byCaller.set(item.caller, [item]);
    this.#size++;
  }

  /** Removes an item that waits. */
  remove(item: Item): void {
    const others = this.#byCaller.get(item.caller) ?? [];
    others.splice(others.indexOf(item), 1);
    if (others.length === 0) this.#byCaller.delete(item.caller);
    this.#size--;
  }

  /** Puts a caller, if it waits, behind all others. */
  endTurn(caller: string): void {
    const items = this.#byCaller.get(caller);
    if (items && this.#byCaller.delete(caller)) this.#byCaller.set(caller, items);
  }

  /** The newest item of the caller with most, if that has more than this caller would have with one more. */
  newestOfOneWithMore(caller: string): Item | undefined {
    let most: Item[] = [];
    for (const items of this.#byCaller.values()) if (items.length > most.length) most = items;
    return most.length > (this.#byCaller.get(caller)?.length ?? 0) + 1 ? most.at(-1) : undefined;
  }
}
