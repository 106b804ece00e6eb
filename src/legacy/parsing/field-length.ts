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
/** What is wrong in these is never reported: a session is not found, a credential refused or not needed, a time ignored. */
const cutFields = ['sesskey', 'session_id', 'timestamp'];

/**
 * Refuses a value that no caller needs, before anything else looks at it; of some fields returns the beginning, which is
 * wrong in the same way.
 * @throws InvalidParameterError
 */
export function limitLength(name: string, value: unknown): unknown {
  if (typeof value !== 'string' && !(value instanceof Buffer)) return value;
  const max = maxLengths.get(name) ?? maxOtherLength;
  if (value.length <= max) return value;
  if (!cutFields.includes(name)) throw new InvalidParameterError(name, `must have at most ${max} bytes`);
  return typeof value === 'string' ? value.slice(0, max) : value.subarray(0, max);
}
