import { spawnSync } from 'node:child_process';

/** Installs what the lockfile of a folder names, for tools that `npm ci` does not install. @returns the exit code of npm */
export function installLocked(folder) {
  const options = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', options, { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' });
  return status ?? 1;
}
