import { randomInt } from 'node:crypto';
import type { Owner } from '../owners/owner.js';

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';

/** Generates `chat_<user>_<activity>_<unix seconds>_<12 random characters>`, the plugin's format: at most 50 characters. `now` is in UTC milliseconds. */
export function newSessionId({ activityId, userId }: Owner, now: number): string {
  const random = Array.from({ length: 12 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return `chat_${userId}_${activityId}_${Math.floor(now / 1000)}_${random}`;
}
