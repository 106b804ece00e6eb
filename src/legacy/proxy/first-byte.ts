import { finished, type Readable } from 'node:stream';

/**
 * Waits until the first byte of a stream has arrived, or the end of an empty one. Reads nothing.
 * @throws Error with which the stream breaks off before; later errors are left to those who read it, but need no listener
 */
export function firstByte(stream: Readable): Promise<void> {
  // Hooks run between the first byte and the first reader.
  stream.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    const stop = finished(stream, { writable: false }, (error) => {
      if (error) reject(error);
      else resolve();
    });
    stream.once('readable', () => {
      stop();
      resolve();
    });
  });
}
