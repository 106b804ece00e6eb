import { MergedChunks } from './merged-chunks.js';

function merge(chunks: Buffer[]): MergedChunks {
  const merged = new MergedChunks();
  for (const chunk of chunks) merged.add(chunk);
  return merged;
}

describe('MergedChunks', () => {
  it.each([
    ['no chunk', []],
    ['empty chunks', ['', '']],
    ['one chunk', ['a']],
    ['small and large chunks', ['a', 'b'.repeat(5000), '', 'c', 'd'.repeat(200_000), 'e'.repeat(511), 'f']],
  ])('has the bytes of %s in order', (_, texts) => {
    const merged = merge(texts.map((text) => Buffer.from(text)));
    expect(Buffer.concat(merged.blocks()).toString()).toBe(texts.join(''));
  });

  it('occupies less than twice what it has, in few blocks, also when each chunk is one byte', () => {
    const bytes = 1_000_000;
    const merged = merge(Array.from({ length: bytes }, (_, index) => Buffer.of(index % 256)));
    expect(merged.blocks().length).toBeLessThan(32);
    expect(merged.occupiedBytes).toBeLessThan(2 * bytes);
    expect(Buffer.concat(merged.blocks()).every((byte, index) => byte === index % 256)).toBe(true);
  });

  it('occupies 512 bytes for a short body', () => {
    expect(merge([Buffer.from('{}')]).occupiedBytes).toBe(512);
  });

  it('keeps no chunk, whose memory its reader may use again', () => {
    const chunk = Buffer.from('before');
    const merged = merge([chunk]);
    chunk.fill('x');
    expect(Buffer.concat(merged.blocks()).toString()).toBe('before');
  });
});
