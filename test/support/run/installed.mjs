// Programs that some tests need and that not every machine has.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where a user's PATH need not lead. */
const systemFolders = ['/usr/sbin', '/usr/local/sbin'];

/** The path of the first of these programs that is there; undefined where none is installed. */
function pathOf(...names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''), ...systemFolders];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

/** Debian's Chromium, or another one that goes by these names. */
export const chromiumPath = () => pathOf('chromium', 'chromium-browser', 'google-chrome');

export const nginxPath = () => pathOf('nginx');

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
