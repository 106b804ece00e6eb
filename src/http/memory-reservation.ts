import type { MemoryShare } from './memory-share.js';

interface Holder {
  share: MemoryShare;
  client: string;
}

/** The memory that one body holds, until it is released. */
export class MemoryReservation {
  #holder: Holder | undefined;
  #bytes = 0;
  #isReleased = false;

  /**
   * @param uncountedBytes as many are held without being counted
   * @param begin is called before the first byte is counted
   */
  constructor(
    private readonly uncountedBytes: number,
    private readonly begin: (reservation: MemoryReservation) => Holder,
  ) {}

  /**
   * After the release it counts nothing.
   * @param bytes held from now on altogether, not less than before
   * @returns false if a limit would be exceeded; nothing changes then
   */
  hold(bytes: number): boolean {
    if (bytes <= this.uncountedBytes) return true;
    this.#holder ??= this.begin(this);
    if (this.#isReleased) return true;
    const isAdded = this.#holder.share.add(this.#holder.client, bytes - this.#bytes);
    if (isAdded) this.#bytes = bytes;
    return isAdded;
  }

  release(): void {
    this.#isReleased = true;
    if (this.#bytes > 0) this.#holder?.share.remove(this.#holder.client, this.#bytes);
    this.#bytes = 0;
  }
}
