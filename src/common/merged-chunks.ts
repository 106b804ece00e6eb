/** Sizes of a block in bytes. The first blocks are small, because nearly all bodies are. */
const [minBlockBytes, maxBlockBytes] = [512, 64 * 1024];

/**
 * The chunks of a body, copied together into blocks. Their sender chooses how small they are, and a chunk that is kept as
 * it came occupies hundreds of bytes besides its own.
 */
export class MergedChunks {
  readonly #full: Buffer[] = [];
  #block = Buffer.alloc(0);
  #used = 0;
  #occupied = 0;
  #length = 0;

  /** The bytes of all chunks. */
  get length(): number {
    return this.#length;
  }

  /** The bytes of all blocks: less than twice those of the chunks, or 512. */
  get occupiedBytes(): number {
    return this.#occupied;
  }

  add(chunk: Buffer): void {
    this.#length += chunk.length;
    for (let start = 0; start < chunk.length;) {
      if (this.#used === this.#block.length) this.startBlock(chunk.length - start);
      const copied = chunk.copy(this.#block, this.#used, start);
      this.#used += copied;
      start += copied;
    }
  }

  /** The bytes of all chunks so far, in order. */
  blocks(): Buffer[] {
    return this.#length === 0 ? [] : [...this.#full, this.#block.subarray(0, this.#used)];
  }

  private startBlock(neededBytes: number): void {
    if (this.#used > 0) this.#full.push(this.#block);
    const bytes = Math.min(Math.max(neededBytes, this.#occupied, minBlockBytes), maxBlockBytes);
    this.#block = Buffer.allocUnsafe(bytes);
    this.#used = 0;
    this.#occupied += bytes;
  }
}
