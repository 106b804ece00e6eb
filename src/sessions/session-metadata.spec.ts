import fc from 'fast-check';
import { metadataLine, metadataText, readMetadata } from './session-metadata.js';

describe('metadataText', () => {
  it('is JSON with a name on each line, in order', () => {
    expect(metadataText({ b: '2\n', a: '"1' })).toBe('{\n"a":"\\"1",\n"b":"2\\n"\n}');
    expect(metadataText({})).toBeNull();
  });

  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('"', ',', ':', '\\', '\n', 'a') }),
  );
  const metadata = fc.dictionary(text, text, { maxKeys: 16 });

  it('is read as it was', () => {
    fc.assert(
      fc.property(metadata, (value) => {
        expect(Object.entries(readMetadata(metadataText(value))).sort()).toEqual(Object.entries(value).sort());
      }),
    );
  });

  it('has the line of a name and a value only if it has them', () => {
    const any = fc.tuple(metadata, text, text);
    fc.assert(
      fc.property(any, ([value, name, wanted]) => {
        const has = Object.hasOwn(value, name) && value[name] === wanted;
        expect((metadataText(value) ?? '').includes(metadataLine(name, wanted))).toBe(has);
      }),
      { numRuns: 1000 },
    );
  });
});
