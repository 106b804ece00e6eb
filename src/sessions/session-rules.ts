import { SessionNotFoundError } from './session.errors.js';

export const defaultTitle = 'New Chat';
export const maxTitleCharacters = 255;
/** In UTF-16 units: what is longer is refused without being looked at. */
export const titleHardLimit = 10_000;

/** Ids that a client may choose. `active` is a route. */
const sessionIdPattern = /^(?!active$)[A-Za-z0-9_-]{1,50}$/;

/** What is wrong with an id that a client has chosen. */
export function sessionIdProblem(id: string): string | undefined {
  return sessionIdPattern.test(id) ? undefined : 'must be 1 to 50 of A-Z, a-z, 0-9, _ and -, and not the word active';
}

/** Whether an id looks like those that this server makes: such a session is made by creating it, never in passing. */
export function isServerGeneratedId(id: string): boolean {
  return id.startsWith('chat_');
}

/**
 * What could not be the id of a session is not looked for: MySQL ignores spaces at the end when it compares.
 * @throws SessionNotFound
 */
export function assertSessionId(text: string): void {
  if (!sessionIdPattern.test(text)) throw new SessionNotFoundError();
}

/** What is wrong with a title: 1 to 255 characters of plain text. */
export function titleProblem(title: string): string | undefined {
  if (title.length > titleHardLimit) return `must be at most ${maxTitleCharacters} characters`;
  if (!title.isWellFormed()) return 'must not have half of a surrogate pair';
  if (/\p{Cc}/u.test(title)) return 'must not have control characters';
  if (title.trim() === '') return 'must not be blank';
  // Code points are what VARCHAR(255) counts.
  const length = Array.from(title).length;
  if (length > maxTitleCharacters) return `must be at most ${maxTitleCharacters} characters, is ${length}`;
  return undefined;
}
