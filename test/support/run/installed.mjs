// Programs that some tests need and that may not be installed.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

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

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
