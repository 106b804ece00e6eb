import { setImmediate as nextTurn } from 'node:timers/promises';

/** Texts with fewer characters are serialised, hashed and sent within milliseconds. */
const longText = 1024 * 1024;

/** Lets other requests have their turn between two steps of sending a long text. */
export async function pauseIfLong(payload: unknown): Promise<void> {
  if (typeof payload === 'string' && payload.length > longText) await nextTurn();
}
