import { spawnSync } from 'node:child_process';

/** Installs what bench/package.json lists. */
export function install(): void {
  const options = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', options, { cwd: new URL('.', import.meta.url), stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
