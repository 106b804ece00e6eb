import type { Parameter } from '../database/sql/sql-client.js';
import { toPreview, type Preview } from '../common/preview.js';

/** A message that its session's row counts. */
export interface CountedMessage {
  role: string;
  content: string;
  /** UTC milliseconds; undefined for the time of saving. */
  timestamp?: number | undefined;
  /** Of its texts, in UTF-8. */
  bytes: number;
}

/** A message that was written in chunks and has ended. */
export interface EndedMessage {
  role: string;
  content: string;
  /** UTC milliseconds. */
  timestamp: number;
  sequence: number;
  /** By which its texts have grown, in UTF-8. */
  moreBytes: number;
}

/** A message that may be shown as its session's preview. */
export interface PreviewedMessage {
  sessionId: string;
  sequence: number;
  /** UTC milliseconds. */
  timestamp: number;
}

const table = 'writeassistdev_chat_sessions';
/** A message without a preview leaves the one that there is. */
const replaced = (column: string, value = '?') =>
  `${column} = CASE WHEN message_count = 0 THEN ${value} ELSE COALESCE(${value}, ${column}) END`;

/**
 * What one more message changes. A program from before these columns clears a session without setting them: then
 * `message_count` is 0, and stands behind them, as MySQL assigns from left to right. It saves without them, too: a summary
 * that misses a message does not become up to date by the next one.
 */
export const messageCounters = {
  table,
  set: `content_bytes = CASE WHEN message_count = 0 THEN 0 ELSE content_bytes END + ?,
    ${replaced('preview_text')}, ${replaced('preview_role')}, ${replaced('preview_at')},
    ${replaced('preview_sequence', 'last_sequence + ?')},
    unread_count = CASE WHEN ? = 1 THEN 0 WHEN message_count = 0 THEN 1 ELSE unread_count + 1 END,
    last_read_sequence = COALESCE(last_sequence + ?, last_read_sequence),
    summary_sequence = CASE WHEN summary_sequence = last_sequence THEN last_sequence + 1 ELSE summary_sequence END,
    message_count = message_count + 1, last_activity_at = ?, modified_at = ?`,
};

/** @param at time of saving, UTC milliseconds */
export function counterParameters({ bytes, ...message }: CountedMessage, at: number): Parameter[] {
  const preview = toPreview({ ...message, timestamp: message.timestamp ?? at });
  const values = [...previewValues(preview), preview ? 1 : null];
  // Who writes has read what is above.
  const isOwn = message.role === 'user' ? 1 : null;
  return [bytes, ...values.flatMap((value) => [value, value]), isOwn, isOwn, at, at];
}

const shown = (column: string) => `${column} = CASE WHEN ? >= COALESCE(preview_sequence, 0) THEN ? ELSE ${column} END`;

/** What the end of a message changes: it is shown, unless a later one is. */
export const endOfMessage = {
  table,
  key: 'PRIMARY',
  set: `content_bytes = content_bytes + ?, ${shown('preview_text')}, ${shown('preview_role')}, ${shown('preview_at')},
    ${shown('preview_sequence')}`,
  where: 'id = ?',
};

export function endParameters({ moreBytes, sequence, ...message }: EndedMessage): Parameter[] {
  const preview = toPreview(message);
  const from = preview ? sequence : null;
  return [moreBytes, ...[...previewValues(preview), from].flatMap((value) => [from, value])];
}

function previewValues(preview: Preview | undefined): Parameter[] {
  return [preview?.text ?? null, preview?.role ?? null, preview?.timestamp ?? null];
}
