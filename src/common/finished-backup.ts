import { configurationError } from './startup-error.js';

/** A backup has its own name when it is whole; until then, and after a kill, it ends in `.part`. @throws StartupError */
export function assertFinished(file: string): void {
  if (!file.endsWith('.part')) return;
  throw configurationError(`${file} is a backup that was not finished: only one without .part at its end is whole`);
}
