/** In ms: times that lie closer are looked at together. */
const maxGapMs = 60 * 60_000;
/** How far behind the last time free places are looked for at first, in ms. */
const lookAheadMs = 1000;

/** The places that are taken from `from` up to and without `to`. */
export type FindTaken = (from: number, to: number) => Promise<number[]>;

/** Finds free places in the history of one owner for many messages (docs/adr/0009-history.md). */
export class HistoryAllocator {
  /** Behind a taken place: where to look on. */
  readonly #next = new Map<number, number>();
  readonly #looked: [from: number, to: number][] = [];

  /** @param taken undefined for an owner who has no messages yet */
  constructor(private readonly taken: FindTaken | undefined) {}

  /** Looks in advance at what lies around these times, in few statements. */
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

  /** The time itself, or the first free millisecond after it; taken from then on. */
  async allocate(time: number): Promise<number> {
    let place = this.firstFree(time);
    while (!this.isKnown(place)) {
      await this.load(place, place + lookAheadMs);
      place = this.firstFree(place);
    }
    this.#next.set(place, place + 1);
    return place;
  }

  private firstFree(time: number): number {
    let place = time;
    for (let next = this.#next.get(place); next !== undefined; next = this.#next.get(place)) place = next;
    // The next one that looks from here need not go the whole way.
    if (place !== time) this.#next.set(time, place);
    return place;
  }

  private isKnown(place: number): boolean {
    return this.taken === undefined || this.#looked.some(([from, to]) => place >= from && place < to);
  }

  private async load(from: number, to: number): Promise<void> {
    if (this.taken === undefined) return;
    for (const place of await this.taken(from, to)) this.#next.set(place, place + 1);
    this.#looked.push([from, to]);
  }
}
