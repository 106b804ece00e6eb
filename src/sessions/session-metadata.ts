import type { SessionMetadata } from './session.js';

export const maxMetadataNames = 16;
export const maxMetadataNameCharacters = 64;
export const maxMetadataValueCharacters = 512;

/**
 * The text in which metadata is stored: JSON with the names in order and one on each line, so that equal metadata has
 * equal texts, and so that `metadataLine` is in it only where a name has that value. Null for none.
 */
export function metadataText(metadata: SessionMetadata): string | null {
  const names = Object.keys(metadata).sort();
  if (names.length === 0) return null;
  return `{${names.map((name) => metadataLine(name, metadata[name] ?? '')).join(',')}\n}`;
}

/** The part of `metadataText` that says that the name has this value. JSON has a line feed between strings only. */
export function metadataLine(name: string, value: string): string {
  return `\n${JSON.stringify(name)}:${JSON.stringify(value)}`;
}

/** Reads what `metadataText` has written. */
export function readMetadata(text: string | null): SessionMetadata {
  return text === null ? {} : (JSON.parse(text) as SessionMetadata);
}

/** The reason why a text is no name of metadata; undefined for a valid one. */
export function metadataNameProblem(name: string): string | undefined {
  return name === '' ? 'must not be empty' : problemOf(name, maxMetadataNameCharacters, /\p{Cc}/u);
}

/** The reason why a text is no value of metadata; undefined for a valid one. */
export function metadataValueProblem(value: string): string | undefined {
  return problemOf(value, maxMetadataValueCharacters, /(?![\t\n\r])\p{Cc}/u);
}

/** Without what JSON writes with six bytes, a page of the list is at most 8 MiB. */
function problemOf(text: string, max: number, forbidden: RegExp): string | undefined {
  const tooLong = `must be at most ${max} characters`;
  if (text.length > max * 2) return tooLong;
  if (!text.isWellFormed()) return 'must not have half of a surrogate pair';
  if (forbidden.test(text)) return 'must not have control characters';
  return Array.from(text).length > max ? tooLong : undefined;
}
