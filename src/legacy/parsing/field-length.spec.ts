import { InvalidParameterError } from '../legacy.errors.js';
import { limitLength } from './field-length.js';

const kinds = [(length: number) => 'x'.repeat(length), (length: number) => Buffer.alloc(length, 'x')];

describe('limitLength', () => {
  it.each([
    ['action', 100],
    ['title', 40_000],
    ['role', 8192],
    ['any_other', 8192],
  ])('refuses %s above %i bytes, as text of JSON and as bytes of a form', (name, max) => {
    for (const valueOf of kinds) {
      const longest = valueOf(max);
      expect(limitLength(name, longest)).toBe(longest);
      const tooLong = () => limitLength(name, valueOf(max + 1));
      expect(tooLong).toThrow(InvalidParameterError);
      expect(tooLong).toThrow(`(${name}): it must have at most ${max} bytes`);
    }
  });

  it.each([
    ['sesskey', 16_384],
    ['session_id', 8192],
    ['timestamp', 8192],
  ])('returns the beginning of %s above %i bytes', (name, max) => {
    for (const valueOf of kinds) expect(limitLength(name, valueOf(1_000_000))).toEqual(valueOf(max));
  });

  it('leaves the length of content to its own rule', () => {
    const content = Buffer.alloc(2_000_000);
    expect(limitLength('content', content)).toBe(content);
  });

  it.each([[undefined], [null], [12], [true], [Symbol('repeated')]])('has nothing to say about %p', (value) => {
    expect(limitLength('cmid', value)).toBe(value);
  });
});
