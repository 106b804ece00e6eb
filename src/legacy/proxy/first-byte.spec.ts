import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { firstByte } from './first-byte.js';

describe('firstByte', () => {
  it('waits for the first byte, and leaves all to the reader', async () => {
    const stream = new PassThrough();
    const begun = firstByte(stream);
    stream.write('a');
    await begun;
    stream.end('b');
    expect(await text(stream)).toBe('ab');
  });

  it('waits for the end of an empty stream', async () => {
    const stream = new PassThrough();
    const begun = firstByte(stream);
    stream.end();
    await begun;
    expect(await text(stream)).toBe('');
  });

  it('throws when the stream breaks off before', async () => {
    const stream = new PassThrough();
    const begun = firstByte(stream);
    stream.destroy(new Error('reset'));
    await expect(begun).rejects.toThrow('reset');
  });
});
