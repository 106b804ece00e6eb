import type { KeysetPage } from '../common/pagination.js';
import type { Role } from '../messages/message-rules.js';
import type { Snippet } from './snippet.js';

/** A place in the list of hits, newest first: a message at a time comes before the titles of sessions made then. */
export interface SearchPosition {
  /** The history position of a message, the time of creation of a session: UTC milliseconds. */
  time: number;
  /** The session's row id; `messageRank` for a message. */
  rank: number;
}

/** Above every row id. */
export const messageRank = 999_999_999_999_999;
/** Before every hit, and after every hit. */
export const startOfList: SearchPosition = { time: messageRank, rank: messageRank };
export const endOfList: SearchPosition = { time: -1, rank: 0 };

/** A title or a message that matches, before it is shown. */
export type Match = SearchPosition & ({ session: FoundTitle; message?: never } | { message: FoundMessage });

export interface FoundTitle {
  sessionId: string;
  title: string;
}

export interface FoundMessage {
  id: number;
  sessionId: string;
  role: Role;
  sequence: number;
  /** UTC milliseconds. */
  timestamp: number;
  /** The size of its content in bytes. */
  bytes: number;
}

/** The matches of a part of the list. */
export interface Matches {
  matches: Match[];
  /** The part ends after this place: everything before it was looked at. */
  end: SearchPosition;
}

/** A message or, with null in its fields, a title. */
export interface SearchHit {
  sessionId: string;
  sessionTitle: string;
  messageId: number | null;
  role: Role | null;
  sequence: number | null;
  /** UTC milliseconds: the message's, or when the session was made. */
  timestamp: number;
  snippet: Snippet;
}

export type SearchPage = KeysetPage<SearchHit, SearchPosition>;

/** Orders by descending position. */
export function newestFirst(a: SearchPosition, b: SearchPosition): number {
  return b.time - a.time || b.rank - a.rank;
}
