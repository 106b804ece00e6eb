/** Numbers by key, 0 for keys that were never changed. Keeps no key whose number is 0. */
export class Counts {
  readonly #byKey = new Map<string, number>();

  of(key: string): number {
    return this.#byKey.get(key) ?? 0;
  }

  entries(): Iterable<[key: string, count: number]> {
    return this.#byKey.entries();
  }

  change(key: string, by: number): void {
    const changed = this.of(key) + by;
    if (changed === 0) this.#byKey.delete(key);
    else this.#byKey.set(key, changed);
  }
}
