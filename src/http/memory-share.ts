import { Counts } from '../common/counts.js';

/** An amount of memory that clients share; one of them gets at most a quarter. */
export class MemoryShare {
  readonly #bytesByClient = new Counts();
  #bytes = 0;

  constructor(private readonly maxBytes: number) {}

  get heldBytes(): number {
    return this.#bytes;
  }

  /** @returns false if a limit would be exceeded; nothing is added then */
  add(client: string, bytes: number): boolean {
    const ofClient = this.#bytesByClient.of(client) + bytes;
    if (this.#bytes + bytes > this.maxBytes || ofClient > this.maxBytes / 4) return false;
    this.change(client, bytes);
    return true;
  }

  remove(client: string, bytes: number): void {
    this.change(client, -bytes);
  }

  private change(client: string, by: number): void {
    this.#bytes += by;
    this.#bytesByClient.change(client, by);
  }
}
