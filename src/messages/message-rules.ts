import { formatIsoTime, parseIsoTime } from '../common/iso-time.js';

/** The roles that the pages of the plugin know. */
export const legacyRoles = ['user', 'assistant', 'system'] as const;
export const roles = [...legacyRoles, 'tool', 'developer'] as const;
export type LegacyRole = (typeof legacyRoles)[number];
export type Role = (typeof roles)[number];

/** `in_progress` while it is written in chunks; `incomplete` when the client stopped, or does not write any more. */
export const statuses = ['in_progress', 'complete', 'incomplete', 'error'] as const;
export type MessageStatus = (typeof statuses)[number];

/** Maximum of a page's contents in bytes, in JSON too, unless its first message alone is larger. */
export const maxPageContentBytes = 8 * 1024 * 1024;

/** How far a client's timestamp may be ahead of the server's clock, in milliseconds. */
export const clockToleranceMs = 5 * 60 * 1000;

/** For how long the same message with the same timestamp counts as a repeated request, in milliseconds (docs/adr/0021-repeated-requests.md). */
export const repeatWindowMs = 2 * 60 * 1000;

/** The reason why a content is invalid; undefined for a valid one: 1 to `maxBytes` bytes of UTF-8 without U+0000. */
export function contentProblem(content: string, maxBytes: number): string | undefined {
  return content === '' ? 'must not be empty' : textProblem(content, maxBytes);
}

/** The reason why a text is invalid; undefined for a valid one: up to `maxBytes` bytes of UTF-8 without U+0000. */
export function textProblem(content: string, maxBytes: number): string | undefined {
  if (content.includes('\0')) return 'must not have the character U+0000';
  if (!content.isWellFormed()) return 'must not have half of a surrogate pair';
  const bytes = Buffer.byteLength(content);
  if (bytes > maxBytes) return `must be at most ${maxBytes} bytes of UTF-8, is ${bytes}`;
  return undefined;
}

/** The reason why a client message id is invalid; undefined for a valid one. */
export function clientMessageIdProblem(id: string): string | undefined {
  return /^[\x21-\x7e]{1,255}$/.test(id) ? undefined : 'must be 1 to 255 visible ASCII characters';
}

/** The reason why a timestamp is invalid; undefined for ISO 8601 with zone, from 1970 to five minutes after `now` (UTC milliseconds). */
export function timestampProblem(text: string, now: number): string | undefined {
  const time = parseIsoTime(text);
  if (time === undefined) return 'must be an ISO 8601 time with zone, like 2026-11-22T08:00:00.000Z';
  if (time < 0) return 'must not lie before 1970';
  if (time > now + clockToleranceMs) {
    return `must not lie more than five minutes ahead of the server's clock, which says ${formatIsoTime(now)}`;
  }
  return undefined;
}
