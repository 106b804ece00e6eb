/** Texts with fewer characters are serialised, hashed and sent within milliseconds. */
const longText = 1024 * 1024;

/** Goes on with the next step of sending a text: at once, or if it is long, when other requests have had their turn. */
export function pauseIfLong(payload: unknown, next: () => void): void {
  if (typeof payload === 'string' && payload.length > longText) setImmediate(next);
  else next();
}
