import { sha256Hex } from '../../common/hash.js';
import { defaultTitle, maxTitleCharacters, sessionIdProblem, titleProblem } from '../../sessions/session-rules.js';

/** The session of messages without a session id. */
const namelessId = 'default';
/** Maximum length of a title made from a message, in grapheme clusters. */
const madeTitleCharacters = 80;
/** How much of a message is searched for a title, in UTF-16 units. */
const titleUnits = 1000;
const characters = new Intl.Segmenter();

/** Equal for ids that Moodle's database compares as equal: it ignores case, accents and trailing spaces. */
export function sessionKey(id: string): string {
  const key = id.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const trimmed = withoutTrailingSpaces(key);
  return trimmed === '' ? namelessId : trimmed;
}

/** The id itself if it is valid in this service, otherwise a valid id derived from it; deterministic. */
export function toSessionId(id: string): string {
  const trimmed = withoutTrailingSpaces(id);
  if (trimmed === '') return namelessId;
  if (sessionIdProblem(trimmed) === undefined) return trimmed;
  const readable = trimmed.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 25);
  return `imported-${readable}-${sha256Hex(sessionKey(id)).slice(0, 12)}`;
}

/** Spaces alone, as Moodle's database ignores them. */
function withoutTrailingSpaces(text: string): string {
  let end = text.length;
  while (text[end - 1] === ' ') end--;
  return text.slice(0, end);
}

/** The title itself if it is valid, otherwise its beginning without control characters, or the default title. */
export function toTitle(title: string | null): string {
  if (title !== null && titleProblem(title) === undefined) return title;
  const cleaned = Array.from((title ?? '').toWellFormed().replace(/\p{Cc}+/gu, ' '))
    .slice(0, maxTitleCharacters)
    .join('');
  return titleProblem(cleaned) === undefined ? cleaned : defaultTitle;
}

/** Whether a title can be made from the message: the first such message of a chat gives its title. */
export function canBeTitle({ role, content }: { role: string; content: string }): boolean {
  return role.trim().toLowerCase() === 'user' && content.slice(0, titleUnits).trim() !== '';
}

/** A title made from the beginning of a message; undefined when it has no visible characters. */
export function titleFrom(content: string): string | undefined {
  const line = content
    .slice(0, titleUnits)
    .toWellFormed()
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  const segments = Array.from(characters.segment(line.slice(0, 500)), ({ segment }) => segment);
  const short = segments.slice(0, madeTitleCharacters).join('');
  const title = segments.length > madeTitleCharacters ? `${short.trimEnd()}…` : short;
  return titleProblem(title) === undefined ? title : undefined;
}

/** A ledger id for rows without an id: 52 bits of SHA-256, a safe integer. */
export function hashNumber(...parts: string[]): number {
  return parseInt(sha256Hex(JSON.stringify(parts)).slice(0, 13), 16);
}
