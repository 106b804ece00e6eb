import { accessSync, constants, statSync } from 'node:fs';

/** The user of this process; undefined where there is none, as on Windows. */
const ownUser = process.getuid?.();

/**
 * Says which of these files, if any, this process may not use because it is another user's. Files that do not exist are
 * passed over.
 */
export function foreignFile(files: string[], user = ownUser, mayUse = isUsable): string | undefined {
  for (const file of files) {
    const owner = ownerOf(file);
    if (owner === undefined || user === undefined || owner === user || mayUse(file)) continue;
    return `${file} belongs to another user (id ${owner}) than this process (id ${user}), which may not write it: run chown ${user} ${file}`;
  }
  return undefined;
}

/** The id of the user that the file belongs to; undefined if it does not exist or cannot be seen. */
function ownerOf(file: string): number | undefined {
  try {
    return statSync(file).uid;
  } catch {
    return undefined;
  }
}

function isUsable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
