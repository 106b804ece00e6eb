/** An amount of memory that clients share; one of them gets at most a quarter. */
export class MemoryShare {
  readonly #bytesByClient = new Map<string, number>();
  #bytes = 0;

  constructor(private readonly maxBytes: number) {}

  get heldBytes(): number {
    return this.#bytes;
  }

  /** @returns false if a limit would be exceeded; nothing is added then */
  add(client: string, bytes: number): boolean {
    const held = this.#bytesByClient.get(client) ?? 0;
    if (this.#bytes + bytes > this.maxBytes || held + bytes > this.maxBytes / 4) return false;
    this.#bytes += bytes;
    this.#bytesByClient.set(client, held + bytes);
    return true;
  }

  remove(client: string, bytes: number): void {
    this.#bytes -= bytes;
    const left = (this.#bytesByClient.get(client) ?? 0) - bytes;
    if (left > 0) this.#bytesByClient.set(client, left);
    else this.#bytesByClient.delete(client);
  }
}
