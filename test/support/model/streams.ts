import { messageNotFound, Refusal } from './refusal.js';
import type { ModelMessage } from './message.js';
import type { ModelOwner } from './owner.js';

/** A change of a message that is written in chunks. Texts are ASCII, so that a character is a byte. */
export interface Chunk {
  /** Whether it comes with the lease of the message, or with none of its leases. */
  isWriter: boolean;
  offset?: number;
  append?: string;
  /** How the message ends. */
  status?: string;
}

/** What a chunk makes of a message. @returns its bytes */
export function write(owner: ModelOwner, message: ModelMessage, chunk: Chunk): number {
  owner.get(message.session.id);
  if (owner.isInTrash(message)) throw messageNotFound();
  const { offset, append = '', status } = chunk;
  const { length } = message.content;
  const isThere = offset === undefined || message.content.startsWith(append, offset);
  if (!message.isWritten) {
    const isSame = status === undefined ? offset !== undefined : status === message.status;
    if (!isThere || !isSame) throw new Refusal(409, 'message_ended', length);
    return length;
  }
  const isNext = offset === length && chunk.isWriter;
  if (!isNext && !isRepeated(message, chunk, isThere)) throw new Refusal(409, 'append_conflict', length);
  if (isNext) message.lastChunk = { offset, append };
  if (isNext) message.content += append;
  if (status !== undefined) message.status = status;
  return message.content.length;
}

/** What taking the lease makes, of a message that was written a moment ago. */
export function takeLease(owner: ModelOwner, message: ModelMessage): never {
  owner.get(message.session.id);
  if (owner.isInTrash(message)) throw messageNotFound();
  throw new Refusal(409, message.isWritten ? 'lease_held' : 'message_ended', message.content.length);
}

/** Whether the chunk is there already. With an end, or alone with the lease, it must be the last one. */
function isRepeated({ content }: ModelMessage, chunk: Chunk, isThere: boolean): boolean {
  const { offset, append = '', status, isWriter } = chunk;
  if (offset !== undefined && status === undefined) return isThere;
  const isLast = offset === undefined || offset + append.length === content.length;
  return isThere && isLast && isWriter;
}
