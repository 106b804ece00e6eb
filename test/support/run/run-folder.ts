import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives a program that is no test a folder for its temporary files, as a run of tests has. It is removed at the end. */
export function useRunFolder(name: string): void {
  const folder = mkdtempSync(join(tmpdir(), `chat-${name}-`));
  process.env.TEST_RUN_FOLDER = folder;
  process.env.TMPDIR = folder;
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
}
