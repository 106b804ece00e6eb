import { createHash } from 'node:crypto';
import { defaultTitle, sessionIdProblem, titleProblem } from '../../sessions/session-rules.js';

/** Where messages go that name no session. */
const namelessId = 'default';
/** A title that is made from a message is as long as a line. */
const madeTitleCharacters = 80;
/** UTF-16 units of a message that are looked at for its title. */
const titleUnits = 1000;
const characters = new Intl.Segmenter();

/** Ids that Moodle's database takes for one have one key: it compares without case, accents and spaces at the end. */
export function sessionKey(id: string): string {
  const key = id.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/ +$/, '');
  return key === '' ? namelessId : key;
}

/** The id itself where our rules allow it; otherwise a safe one, the same each time. */
export function toSessionId(id: string): string {
  const trimmed = id.replace(/ +$/, '');
  if (trimmed === '') return namelessId;
  if (sessionIdProblem(trimmed) === undefined) return trimmed;
  const readable = trimmed.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 25);
  return `imported-${readable}-${hash(sessionKey(id)).slice(0, 12)}`;
}

/** The title itself where our rules allow it; otherwise without control characters, or the default one. */
export function toTitle(title: string | null): string {
  if (title !== null && titleProblem(title) === undefined) return title;
  const cleaned = (title ?? '').replace(/\p{Cc}+/gu, ' ');
  return titleProblem(cleaned) === undefined ? cleaned : defaultTitle;
}

/** Whether a message is the kind that a chat is titled by: the first one is, be it what it may. */
export function canBeTitle({ role, content }: { role: string; content: string }): boolean {
  return role.trim().toLowerCase() === 'user' && content.slice(0, titleUnits).trim() !== '';
}

/** The beginning of a message; undefined where it has no letters to show. */
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

/** A number for the ledger from what has no number: 52 bits of SHA-256. */
export function hashNumber(...parts: string[]): number {
  return parseInt(hash(JSON.stringify(parts)).slice(0, 13), 16);
}

export function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
