// Builds into a new folder and then renames it to dist: a server that runs from dist is never built over.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param {{ noCheck?: boolean }} [options] without the check of types the same files are written in two thirds of the time
 * @returns {number} the exit code
 */
export function build({ noCheck = false } = {}) {
  const cli = nestCli();
  if (cli === undefined) {
    console.error(
      'error: the build tools are missing: run npm ci --include=dev, or bring dist from where it was built',
    );
    return 78;
  }
  const name = `dist.${process.pid}`;
  const project = `tsconfig.${name}.json`;
  try {
    const compilerOptions = { outDir: `./${name}`, noCheck };
    writeFileSync(`${root}${project}`, JSON.stringify({ extends: './tsconfig.build.json', compilerOptions }));
    const { status } = spawnSync(process.execPath, [cli, 'build', '--path', project], { cwd: root, stdio: 'inherit' });
    if (status !== 0) return status ?? 1;
    cpSync(`${root}client`, `${root}${name}/client`, { recursive: true });
    replaceDist(name);
    return 0;
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error;
    console.error(
      `error: dist is missing or older than its sources, and cannot be built because ${root} cannot be written (${error.code}): build it where it was installed, or start node dist/src/main.js if it is up to date`,
    );
    return 78;
  } finally {
    rmSync(`${root}${project}`, { force: true });
    rmSync(`${root}${name}`, { recursive: true, force: true });
  }
}

function nestCli() {
  try {
    return createRequire(import.meta.url).resolve('@nestjs/cli/bin/nest.js');
  } catch {
    return undefined;
  }
}

/** Two builds may end at once: whichever renames last stays. */
function replaceDist(name) {
  for (let attempt = 1; ; attempt++) {
    const old = `${name}.old${attempt}`;
    try {
      if (existsSync(`${root}dist`)) renameSync(`${root}dist`, `${root}${old}`);
      renameSync(`${root}${name}`, `${root}dist`);
      return;
    } catch (error) {
      if (attempt === 10 || !['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
    } finally {
      rmSync(`${root}${old}`, { recursive: true, force: true });
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exit(build({ noCheck: process.argv.includes('--no-check') }));
