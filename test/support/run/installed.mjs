// Programs that some tests need and that may not be installed.
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Has its own package.json, so that npm ci does not install its packages. */
export const clientTools = fileURLToPath(new URL('../../../tools/clients', import.meta.url));

/** Folders that may be missing in the PATH of a user. */
const systemFolders = ['/usr/sbin', '/usr/local/sbin'];

/** The path of the first of these programs that is installed; undefined if none is. */
function pathOf(...names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''), ...systemFolders];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

/** Chromium or Chrome, by the names in Debian and elsewhere. */
export const chromiumPath = () => pathOf('chromium', 'chromium-browser', 'google-chrome');

export const nginxPath = () => pathOf('nginx');

/** PHP for the command line (php-cli), which also has a web server. */
export const phpPath = () => pathOf('php');

/** Checks the files of Prometheus, and comes with it. */
export const promtoolPath = () => pathOf('promtool');

/** The generators of clients, which `npm run test:all` installs where there is a network. */
export function clientGeneratorsAreInstalled() {
  const { dependencies } = packageIn(clientTools);
  const installed = Object.keys(dependencies).map((name) => packageIn(join(clientTools, 'node_modules', name)));
  return Object.values(dependencies).every((version, index) => installed[index]?.version === version);
}

function packageIn(folder) {
  const path = join(folder, 'package.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
