import { existsSync, readFileSync } from 'node:fs';

/** The version of the package, like `1.2.3`. `package.json` is the only place that states it. */
export const version = (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version;

/** A file beside `package.json`, from the sources and from `dist`. @param path relative, with slashes */
export function packageFile(path: string): URL {
  const root = existsSync(new URL('../../package.json', import.meta.url)) ? '../../' : '../../../';
  return new URL(root + path, import.meta.url);
}
