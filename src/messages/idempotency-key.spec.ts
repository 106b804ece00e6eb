import { ValidationFailedError } from '../common/domain-error.js';
import { clientMessageIdOf, readIdempotencyKey } from './idempotency-key.js';

const read = (...values: string[]) => readIdempotencyKey(values);

function problemsOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (error instanceof ValidationFailedError) return error.problems;
    throw error;
  }
  return [];
}

describe('readIdempotencyKey', () => {
  it('is undefined without the header', () => {
    expect(readIdempotencyKey(undefined)).toBeUndefined();
  });

  it.each([
    ['a', 'a'],
    ['8e03978e-40d5-43e8-bc93-6894a57f9324', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
    ['"8e03978e-40d5-43e8-bc93-6894a57f9324"', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
    ['x'.repeat(255), 'x'.repeat(255)],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
    [`"${'\\"'.repeat(255)}"`, '"'.repeat(255)],
    ['"a\\\\b\\"c"', 'a\\b"c'],
    ['a"b', 'a"b'],
    ['a\\b', 'a\\b'],
    ['a"', 'a"'],
    ["'a'", "'a'"],
  ])('reads %j as %j', (value, key) => {
    expect(read(value)).toBe(key);
  });

  it.each(['"', '"a', '"a"b', '"a"b"', '"a\\"', '"a\\b"', '"a"; x=1', '"a", "b"'])(
    'rejects the unfinished %j',
    (value) => {
      const detail = 'must be one string in quotes, or have no quote at the beginning';
      expect(problemsOf(() => read(value))).toEqual([{ in: 'header', pointer: '/Idempotency-Key', detail }]);
    },
  );

  it.each(['', '""', 'a b', '"a b"', 'a, b', 'ä', '\u007f', 'x'.repeat(256), `"${'x'.repeat(256)}"`])(
    'rejects %j by the rule of clientMessageId',
    (value) => {
      const detail = 'must be 1 to 255 visible ASCII characters';
      expect(problemsOf(() => read(value))).toEqual([{ in: 'header', pointer: '/Idempotency-Key', detail }]);
    },
  );

  it('rejects several headers, also equal ones', () => {
    for (const values of [
      ['a', 'b'],
      ['a', 'a'],
      ['', ''],
    ]) {
      const detail = 'must not be sent more than once';
      expect(problemsOf(() => read(...values))).toEqual([{ in: 'header', pointer: '/Idempotency-Key', detail }]);
    }
  });
});

describe('clientMessageIdOf', () => {
  it('is the header, the field, or both if they are equal', () => {
    expect(clientMessageIdOf(undefined, undefined)).toBeUndefined();
    expect(clientMessageIdOf('a', undefined)).toBe('a');
    expect(clientMessageIdOf(undefined, 'b')).toBe('b');
    expect(clientMessageIdOf('c', 'c')).toBe('c');
  });

  it('rejects different ones, naming both', () => {
    expect(problemsOf(() => clientMessageIdOf('a', 'A'))).toEqual([
      { in: 'header', pointer: '/Idempotency-Key', detail: 'must be equal to the field clientMessageId' },
      { in: 'body', pointer: '/clientMessageId', detail: 'must be equal to the header Idempotency-Key' },
    ]);
  });
});
