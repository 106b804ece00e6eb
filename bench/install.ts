import { fileURLToPath } from 'node:url';
import { installLocked } from '../scripts/install-locked.mjs';

/** Installs what bench/package.json lists. */
export function install(): void {
  const code = installLocked(fileURLToPath(new URL('.', import.meta.url)));
  if (code !== 0) process.exit(code);
}
