/** Times closer than this are loaded with one query. */
const maxGapMs = 60 * 60_000;
/** How far beyond a time taken positions are loaded at first. */
const lookAheadMs = 1000;

/** Returns the taken positions in the range from `from` (inclusive) to `to` (exclusive), in UTC milliseconds. */
export type FindTaken = (from: number, to: number) => Promise<number[]>;

/** Allocates unique positions in the history of one owner for many messages (docs/adr/0009-history.md). */
export class HistoryAllocator {
  /** By taken position: the next position to try. */
  readonly #next = new Map<number, number>();
  readonly #loaded: [from: number, to: number][] = [];

  /** @param findTaken undefined for an owner without messages */
  constructor(private readonly findTaken: FindTaken | undefined) {}

  /** Loads the taken positions around these times in few queries. */
  async preload(times: number[]): Promise<void> {
    const sorted = times.toSorted((a, b) => a - b);
    let start = sorted[0];
    for (const [index, time] of sorted.entries()) {
      const next = sorted[index + 1];
      if (start === undefined || (next !== undefined && next - time < maxGapMs)) continue;
      await this.load(start, time + lookAheadMs);
      start = next;
    }
  }

  /** Allocates the time itself, or the first free millisecond after it. */
  async allocate(time: number): Promise<number> {
    let position = this.firstFree(time);
    while (!this.isKnown(position)) {
      await this.load(position, position + lookAheadMs);
      position = this.firstFree(position);
    }
    this.#next.set(position, position + 1);
    return position;
  }

  private firstFree(time: number): number {
    let position = time;
    for (let next = this.#next.get(position); next !== undefined; next = this.#next.get(position)) position = next;
    // Path compression: later searches from here skip the positions in between.
    if (position !== time) this.#next.set(time, position);
    return position;
  }

  private isKnown(position: number): boolean {
    return this.findTaken === undefined || this.#loaded.some(([from, to]) => position >= from && position < to);
  }

  private async load(from: number, to: number): Promise<void> {
    if (this.findTaken === undefined) return;
    for (const position of await this.findTaken(from, to)) this.#next.set(position, position + 1);
    this.#loaded.push([from, to]);
  }
}
