import type { Message, NewMessage } from './message.js';

/** What a message counts in the quota of its owner, in bytes of UTF-8: its content, payload and metadata. */
export function storedBytes({ content, payload, metadata }: NewMessage | Message): number {
  return Buffer.byteLength(content) + Buffer.byteLength(payload ?? '') + Buffer.byteLength(metadata ?? '');
}
