import { InvalidParameterError } from '../legacy.errors.js';

/** Maximum lengths, in bytes of a form or characters of JSON. `content` has a limit of its own. */
const maxLengths = new Map([
  ['action', 100],
  // As long as a token in a header can be.
  ['sesskey', 16 * 1024],
  // Titles have a lower limit with a message of its own.
  ['title', 40_000],
  ['content', Infinity],
]);
const maxOtherLength = 8 * 1024;

/**
 * Refuses a value that no caller needs, before anything else looks at it.
 * @throws InvalidParameterError
 */
export function assertFieldLength(name: string, value: unknown): void {
  const max = maxLengths.get(name) ?? maxOtherLength;
  const { length } = typeof value === 'string' || value instanceof Buffer ? value : '';
  if (length > max) throw new InvalidParameterError(name, `must have at most ${max} bytes`);
}
