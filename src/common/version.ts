import { existsSync, readFileSync } from 'node:fs';

/** The folder of `package.json`, as a URL that ends in a slash. */
export const packageFolder = findPackageFolder();

const { version: ownVersion, engines } = JSON.parse(readFileSync(new URL('package.json', packageFolder), 'utf8')) as {
  version: string;
  engines: { node: string };
};

/** The name of the service, for people. */
export const serviceName = 'Chat store of the AI Writing Assistant';
/** The version of the package, like `1.2.3`. `package.json` is the only place that states it. */
export const version = ownVersion;
/** The versions of Node that it runs on, like `^20.19.0 || >=24.11.0`. */
export const supportedNode = engines.node;

function findPackageFolder(): URL {
  const besideSources = new URL('../../', import.meta.url);
  const besideDist = new URL('../../../', import.meta.url);
  return existsSync(new URL('package.json', besideSources)) ? besideSources : besideDist;
}

/** A file of the package. @param path relative to its folder, with slashes */
export function packageFile(path: string): URL {
  return new URL(path, packageFolder);
}
