import { Readable } from 'node:stream';
import { MergedChunks } from '../../common/merged-chunks.js';

/**
 * Reads a stream to its end.
 * @param mayHold whether this number of bytes may be held in memory
 * @returns the bytes; or, when they may not be held or the stream breaks off, a stream of the same bytes that continues
 *   or breaks off as the original does
 */
export async function readWhole(stream: Readable, mayHold: (bytes: number) => boolean): Promise<Buffer | Readable> {
  const chunks = new MergedChunks();
  const rest = stream[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer>;
  try {
    // Not `for await`: leaving the loop would destroy the stream.
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      chunks.add(next.value);
      if (!mayHold(chunks.length)) return concatenate(chunks.blocks(), rest);
    }
    return Buffer.concat(chunks.blocks());
  } catch (error) {
    return concatenate(chunks.blocks(), [], error);
  }
}

/** A stream of the chunks and the rest, which ends with the error if there is one. */
function concatenate(chunks: Buffer[], rest: AsyncIterable<Buffer> | Buffer[], error?: unknown): Readable {
  async function* all(): AsyncGenerator<Buffer> {
    yield* chunks;
    yield* rest;
    if (error instanceof Error) throw error;
  }
  return Readable.from(all(), { objectMode: false });
}
