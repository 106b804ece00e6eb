// Whether dist is newer than everything that it is built from.
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = [
  'src',
  'client',
  'ormconfig.ts',
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
  'package.json',
];

export function distIsFresh() {
  const built = modified('dist/src/main.js');
  return built !== undefined && sources.every((source) => newest(source) <= built);
}

/** Folders count as well: a file that was taken away leaves its folder newer. */
function newest(path) {
  const times = [modified(path) ?? 0];
  if (statSync(`${root}${path}`).isDirectory()) {
    for (const name of readdirSync(`${root}${path}`)) times.push(newest(`${path}/${name}`));
  }
  return Math.max(...times);
}

function modified(path) {
  return statSync(`${root}${path}`, { throwIfNoEntry: false })?.mtimeMs;
}
