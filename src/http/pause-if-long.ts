/** Texts with fewer characters, and bodies with fewer bytes, are serialised, hashed, copied and sent within milliseconds. */
const longText = 1024 * 1024;

/** Goes on with the next step of a text or a body: at once, or if it is long, when other requests have had their turn. */
export function pauseIfLong(payload: unknown, next: () => void): void {
  const isLong = (typeof payload === 'string' || Buffer.isBuffer(payload)) && payload.length > longText;
  if (isLong) setImmediate(next);
  else next();
}
