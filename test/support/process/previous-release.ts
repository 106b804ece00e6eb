import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './program.js';

/** The commit of the last release: the file changes with every release. */
const { commit } = JSON.parse(readFileSync(join(root, 'test/support/process/previous-release.json'), 'utf8')) as {
  commit: string;
};

/**
 * Builds the previous release with today's packages.
 * @param folder a new one
 * @returns the command that starts its server
 */
export function buildPreviousRelease(folder: string): string[] {
  const archive = execFileSync('git', ['archive', commit], { cwd: root, maxBuffer: 256 * 1024 * 1024 });
  execFileSync('tar', ['x'], { cwd: folder, input: archive });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  execFileSync(process.execPath, ['scripts/build.mjs', '--no-check'], { cwd: folder });
  return [process.execPath, join(folder, 'dist/src/main.js')];
}
