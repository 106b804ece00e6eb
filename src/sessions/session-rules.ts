import { SessionNotFoundError, VersionConflictError } from './session.errors.js';
import type { ExpectedVersions, TitleSource } from './session.js';

export const defaultTitle = 'New Chat';
export const maxTitleCharacters = 255;
/** In UTF-16 code units: a longer title is refused before it is examined. */
export const maxTitleCodeUnits = 10_000;

/** Ids that a client may choose; `active` is reserved for the route. */
const sessionIdPattern = /^(?!active$)[A-Za-z0-9_-]{1,50}$/;

/** The reason why a client may not choose the id; undefined for a valid one. */
export function sessionIdProblem(id: string): string | undefined {
  return sessionIdPattern.test(id) ? undefined : 'must be 1 to 50 of A-Z, a-z, 0-9, _ and -, and not the word active';
}

/** Whether the id has the server's prefix; those sessions are created explicitly, never implicitly by a first message. */
export function isServerGeneratedId(id: string): boolean {
  return id.startsWith('chat_');
}

/** For how long a message does not bring back a deleted session, in milliseconds. */
export const deletionWindowMs = 10 * 60 * 1000;

/** Whether pages of the plugin count such ids themselves and use them again: a message to one starts it again. */
export function isReusedId(id: string): boolean {
  return /^(?:default|chat-\d+)$/.test(id);
}

/**
 * Refuses an invalid id before it is queried: MySQL ignores trailing spaces when it compares.
 * @throws SessionNotFoundError
 */
export function assertSessionId(text: string): void {
  if (!sessionIdPattern.test(text)) throw new SessionNotFoundError();
}

/** @throws VersionConflictError when the session has none of the expected versions */
export function assertVersion(version: number, expected: ExpectedVersions): void {
  if (expected && !expected.includes(version)) throw new VersionConflictError();
}

/** The reason why a title is invalid; undefined for a valid one: 1 to 255 characters, not blank, no control characters. */
export function titleProblem(title: string): string | undefined {
  if (title.length > maxTitleCodeUnits) return `must be at most ${maxTitleCharacters} characters`;
  if (!title.isWellFormed()) return 'must not have half of a surrogate pair';
  if (/\p{Cc}/u.test(title)) return 'must not have control characters';
  if (title.trim() === '') return 'must not be blank';
  // VARCHAR(255) counts code points.
  const length = Array.from(title).length;
  if (length > maxTitleCharacters) return `must be at most ${maxTitleCharacters} characters, is ${length}`;
  return undefined;
}

/**
 * Who has chosen the title. A program of before, which stores no source, may have written the title or replaced the
 * default one.
 * @param stored the source in the row; null in a row of such a program
 */
export function effectiveTitleSource(stored: string | null, title: string): TitleSource {
  if (stored === 'generated' || stored === 'user') return stored;
  return title === defaultTitle ? 'default' : 'user';
}
