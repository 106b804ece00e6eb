import type { DeletedRange } from '../trash/deletion.js';
import type { LockedSession } from './session.js';

/** The messages that clearing a session deletes; an empty range when it has none. */
export function clearedRange(locked: LockedSession): DeletedRange {
  const { messageCount, clearedSequence, lastSequence } = locked;
  const toSequence = messageCount === 0 ? clearedSequence : lastSequence;
  return { fromSequence: clearedSequence, toSequence, ...countsOf(locked) };
}

/** Without messages there are no bytes, whatever an older program has left. */
export function countsOf({ messageCount, contentBytes }: LockedSession): {
  messageCount: number;
  contentBytes: number;
} {
  return { messageCount, contentBytes: messageCount === 0 ? 0 : contentBytes };
}
