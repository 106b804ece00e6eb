import { toPreview } from '../../../src/common/preview.js';
import type { NewMessage, Owner } from './http.js';

/** Rows of the statements of the product, and the JSON of its API. Times are UTC ms. */
export interface SessionRow {
  id: string;
  title: string;
  titleSource: string | null;
  isActive: number;
  pinned: number;
  archived: number;
  metadata: string | null;
  messageCount: number;
  lastActivityAt: number;
  createdAt: number;
  modifiedAt: number;
  version: number;
  deletedAt: number | null;
  previewText: string | null;
  previewRole: string | null;
  previewAt: number | null;
  unreadCount: number;
  lastReadSequence: number;
}

export interface MessageRow {
  id: number;
  sessionId: string;
  role: string;
  content: string;
  timestamp: number;
  sequence: number;
  clientMessageId: string | null;
  createdAt: number;
  format: string | null;
  payload: string | null;
  metadata: string | null;
  status: string;
  lastSequence: number;
}

/** What a message without a payload has, as columns. */
export const plain = { format: null, payload: null, metadata: null, status: 'complete' };
export const plainValues = [null, null, null, 'complete', null];

const iso = (ms: number) => new Date(ms).toISOString();

export function toSession(row: SessionRow, isActive = row.isActive === 1): object {
  return {
    id: row.id,
    title: row.title,
    titleSource: row.titleSource ?? (row.title === 'New Chat' ? 'default' : 'user'),
    isActive,
    pinned: row.pinned === 1,
    archived: row.archived === 1,
    metadata: row.metadata === null ? {} : (JSON.parse(row.metadata) as object),
    messageCount: row.messageCount,
    lastActivityAt: iso(row.lastActivityAt),
    createdAt: iso(row.createdAt),
    modifiedAt: iso(row.modifiedAt),
    version: row.version,
    deletedAt: row.deletedAt === null ? null : iso(row.deletedAt),
    preview:
      row.previewAt === null ? null : { text: row.previewText, role: row.previewRole, timestamp: iso(row.previewAt) },
    unreadCount: row.unreadCount,
    lastReadSequence: row.lastReadSequence,
  };
}

/** What a save sets of the summary of a session, before it increments the sequence. */
export const summaryOfSave = `preview_text = ?, preview_role = ?, preview_at = ?, preview_sequence = last_sequence + 1,
  unread_count = CASE WHEN ? = 1 THEN 0 ELSE unread_count + 1 END,
  last_read_sequence = COALESCE(last_sequence + ?, last_read_sequence), summary_sequence = last_sequence + 1`;

export function summaryValues({ role, content }: NewMessage, now: number): (string | number | null)[] {
  const preview = toPreview({ role, content, timestamp: now });
  const isOwn = role === 'user' ? 1 : null;
  return [preview?.text ?? null, role, now, isOwn, isOwn];
}

export function toMessage(row: Omit<MessageRow, 'lastSequence'>): object {
  return {
    id: String(row.id),
    sessionId: row.sessionId,
    role: row.role,
    content: row.content,
    timestamp: iso(row.timestamp),
    sequence: row.sequence,
    clientMessageId: row.clientMessageId,
    createdAt: iso(row.createdAt),
    status: row.status,
    format: row.format,
    payload: row.payload === null ? null : (JSON.parse(row.payload) as object),
    metadata: row.metadata === null ? null : (JSON.parse(row.metadata) as object),
  };
}

/** The rows of a page and one more, if there is one. */
export function toMessagePage(rows: MessageRow[], limit: number): object {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const cursor = (row: MessageRow) => encode('messages', row.timestamp, row.sequence);
  return {
    data: page.map((row) => toMessage(row)),
    nextCursor: last && rows.length > limit ? cursor(last) : null,
    lastSequence: rows[0]?.lastSequence ?? 0,
  };
}

export function toSessionPage(rows: (SessionRow & { rowId: number })[], limit: number): object {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    data: page.map((row) => toSession(row)),
    nextCursor: last && rows.length > limit ? encode('sessions', last.lastActivityAt, last.rowId) : null,
  };
}

export const parametersOf = ({ activityId, userId }: Owner): [number, number] => [activityId, userId];

function encode(name: string, first: number, second: number): string {
  return Buffer.from(`${name}:${first}:${second}`).toString('base64url');
}
