import { existsSync, readFileSync } from 'node:fs';

/** The version of the package, like `1.2.3`. `package.json` is the only place that states it. */
export const version = readVersion();

function readVersion(): string {
  const besideSources = new URL('../../package.json', import.meta.url);
  const besideDist = new URL('../../../package.json', import.meta.url);
  const file = existsSync(besideSources) ? besideSources : besideDist;
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
