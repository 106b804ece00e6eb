import { InvalidParameterError } from '../legacy.errors.js';
import { assertFieldLength } from './field-length.js';

describe('assertFieldLength', () => {
  it.each([
    ['action', 100],
    ['sesskey', 16_384],
    ['title', 40_000],
    ['session_id', 8192],
    ['any_other', 8192],
  ])('refuses %s above %i bytes, as text of JSON and as bytes of a form', (name, max) => {
    for (const valueOf of [(length: number) => 'x'.repeat(length), (length: number) => Buffer.alloc(length)]) {
      assertFieldLength(name, valueOf(max));
      const tooLong = () => {
        assertFieldLength(name, valueOf(max + 1));
      };
      expect(tooLong).toThrow(InvalidParameterError);
      expect(tooLong).toThrow(`(${name}): it must have at most ${max} bytes`);
    }
  });

  it('leaves the length of content to its own rule', () => {
    assertFieldLength('content', Buffer.alloc(2_000_000));
  });

  it.each([[undefined], [null], [12], [true], [Symbol('repeated')]])('has nothing to say about %p', (value) => {
    assertFieldLength('cmid', value);
  });
});
