import { decodeCursor, encodeCursor } from '../common/cursor.js';
import { maxFoldedTitleBytes } from '../common/fold.js';
import type { SessionOrder, SessionPosition } from './session.js';

/** Of cursors with times. The names differ, so that a cursor is valid for its order only. */
const names = { activity: 'sessions', created: 'sessionscreated' };
const titlePrefix = /^sessionstitle:(\d{1,15}):/;
const maxTitleCursorLength = Math.ceil(((maxFoldedTitleBytes + 'sessionstitle:123456789012345:'.length) * 4) / 3);

/** A cursor for clients: base64url of its order, and of its own values, so that a deleted session does not break paging. */
export function encodeSessionCursor(order: SessionOrder, { sortValue, rowId }: SessionPosition): string {
  if (typeof sortValue === 'number')
    return encodeCursor(names[order === 'created' ? order : 'activity'], [sortValue, rowId]);
  return Buffer.concat([Buffer.from(`sessionstitle:${rowId}:`), sortValue]).toString('base64url');
}

/** The position; undefined for any text that `encodeSessionCursor` cannot have created for this order. */
export function decodeSessionCursor(order: SessionOrder, cursor: string): SessionPosition | undefined {
  if (order === 'title') return decodeTitleCursor(cursor);
  const [sortValue, rowId] = decodeCursor(names[order], cursor) ?? [];
  return sortValue === undefined || rowId === undefined ? undefined : { sortValue, rowId };
}

function decodeTitleCursor(cursor: string): SessionPosition | undefined {
  if (cursor.length > maxTitleCursorLength) return undefined;
  const bytes = Buffer.from(cursor, 'base64url');
  const [prefix = '', rowId] = titlePrefix.exec(bytes.toString('latin1')) ?? [];
  if (rowId === undefined || bytes.toString('base64url') !== cursor) return undefined;
  return { sortValue: bytes.subarray(prefix.length), rowId: Number(rowId) };
}
