import type { KeysetPage } from '../common/pagination.js';

/** A chat of an owner, as everybody but the database sees it. Times are UTC milliseconds. */
export interface Session {
  /** The number of its row: what older clients know it by. */
  rowId: number;
  id: string;
  title: string;
  isActive: boolean;
  messageCount: number;
  lastActivityAt: number;
  createdAt: number;
  modifiedAt: number;
}

/** What a client may say of a new session. */
export interface NewSession {
  /** Made when it is not given. */
  id?: string | undefined;
  title?: string | undefined;
  /** Whether the new session becomes the active one. */
  activate: boolean;
}

/** Where a page of the list ends: newest activity first, later made first among equals. */
export interface SessionPosition {
  lastActivityAt: number;
  rowId: number;
}

/** Some sessions in the order of a list, and whether it goes on after them. */
export interface ListedSessions {
  sessions: Session[];
  more: boolean;
}

export type SessionPage = KeysetPage<Session, SessionPosition>;
