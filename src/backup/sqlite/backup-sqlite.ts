import { statSync } from 'node:fs';
import { constants, copyFile } from 'node:fs/promises';
import { createProgress } from '../../common/progress.js';
import { configurationError } from '../../common/startup-error.js';
import { copyWithLogs, findDatabaseFile } from '../../database/sqlite/database-file.js';
import { snapshotSocketPath } from '../../database/sqlite/snapshot-socket.js';
import { isSqliteBusy } from '../../database/transactions/driver-errors.js';
import { writeWhole } from '../part-file.js';
import { checkPart } from './check-part.js';
import { HeldFile } from './held-file.js';

const mebibyte = 1024 * 1024;
const progressIntervalMs = 200;

/**
 * Copies the database, also while a server uses it.
 * @param databaseFile the database in DATA_DIR
 * @returns the time before which everything that was acknowledged is in the copy, in UTC ms
 * @throws StartupError
 */
export async function backupSqlite(databaseFile: string, to: string): Promise<number> {
  const file = findDatabaseFile(databaseFile);
  return writeWhole(to, {
    write: async (part) => {
      const time = Date.now();
      const held = await openHeld(databaseFile);
      try {
        if (held) await held.during(() => copyWithProgress(file, part));
        else copyUnused(file, part);
      } finally {
        held?.close();
      }
      checkPart(part, file);
      return time;
    },
  });
}

/** A DATA_DIR whose path is too long for a socket has none. */
async function openHeld(databaseFile: string): Promise<HeldFile | undefined> {
  return canHaveSocket(databaseFile) ? HeldFile.open(databaseFile) : undefined;
}

function canHaveSocket(databaseFile: string): boolean {
  try {
    snapshotSocketPath(databaseFile);
    return true;
  } catch {
    return false;
  }
}

async function copyWithProgress(file: string, part: string): Promise<void> {
  const progress = createProgress(process.stderr, 'MiB', Math.ceil(statSync(file).size / mebibyte));
  const timer = setInterval(() => {
    progress.at(Math.floor(statSync(part).size / mebibyte));
  }, progressIntervalMs);
  try {
    await copyFile(file, part, constants.COPYFILE_FICLONE);
  } finally {
    clearInterval(timer);
    progress.end();
  }
}

function copyUnused(file: string, part: string): void {
  try {
    copyWithLogs(file, part);
  } catch (error) {
    if (!isSqliteBusy(error)) throw error;
    throw configurationError(
      canHaveSocket(file)
        ? `${file} is in use by a process that cannot be asked for a backup: a server that is starting, or another command`
        : `${file} is in use by a server, and the path of DATA_DIR is too long for a socket to ask it: stop it first`,
    );
  }
}
