import { hash } from 'node:crypto';
import type { NewMessage, StoredMessage } from './message.js';

/** Identifies what was sent: the row of a message that is written in chunks changes afterwards. @returns hexadecimal */
export function requestSha256({ role, content, status, format, payload, metadata, parentId }: NewMessage): string {
  const fields = [role, status ?? null, content, format ?? null, payload ?? null, metadata ?? null];
  if (parentId !== undefined) fields.push(String(parentId));
  return hash('sha256', JSON.stringify(fields));
}

/** Whether a message that is sent again is the stored one, its session and timestamp aside. */
export function isSameMessage(repeated: NewMessage, first: StoredMessage): boolean {
  if (first.requestSha256 !== null) return requestSha256(repeated) === first.requestSha256;
  return (
    repeated.role === first.role &&
    repeated.content === first.content &&
    (repeated.status ?? 'complete') === first.status &&
    (repeated.format ?? null) === first.format &&
    (repeated.payload ?? null) === first.payload &&
    (repeated.metadata ?? null) === first.metadata &&
    (repeated.parentId === undefined || repeated.parentId === first.parentId)
  );
}
