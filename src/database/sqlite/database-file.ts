import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { StartupError, configurationError } from '../../common/startup-error.js';
import { sqliteFileName } from '../../config/read-database.js';
import { isSqliteBusy } from '../transactions/driver-errors.js';
import { withReadLock } from './read-lock.js';

/** The first bytes of every SQLite database. */
export const sqliteMagic = 'SQLite format 3\0';
/** What the names of a database's logs have after that of the database. */
export const logSuffixes = ['-wal', '-journal'];

/**
 * The absolute path of the database in a DATA_DIR, or of the file itself.
 * @throws StartupError when there is no SQLite database
 */
export function findDatabaseFile(path: string): string {
  const isFolder = isFolderAt(path);
  const file = resolve(isFolder ? join(path, sqliteFileName) : path);
  try {
    assertRegular(file);
    if (!startsWithMagic(file)) throw configurationError(`${file} is not an SQLite database`);
    // SQLite has the logs beside the file that a link leads to.
    return realpathSync(file);
  } catch (error) {
    if (error instanceof StartupError) throw error;
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw configurationError(`${file} cannot be read (${code})`);
    throw configurationError(
      isFolder
        ? `${resolve(path)} has no ${sqliteFileName}: --from must be a DATA_DIR, or a backup of its database file`
        : `${file} does not exist`,
    );
  }
}

function isFolderAt(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // What is wrong with the path is found out when it is read as a file.
    return false;
  }
}

/** Opening a pipe would wait for its writer. */
function assertRegular(file: string): void {
  if (!statSync(file).isFile()) throw configurationError(`${file} is not a regular file`);
}

/** A copy of a database in a temporary folder that only this user can read. */
export interface PrivateCopy {
  file: string;
  remove(): void;
}

/**
 * Copies the database with its logs, which a killed server leaves, to a temporary folder.
 * @throws StartupError when a server uses it, or the copy cannot be written
 */
export function copyPrivately(file: string): PrivateCopy {
  let folder: string | undefined;
  const remove = () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    folder = mkdtempSync(join(tmpdir(), 'chat-store-copy-'));
    const copy = join(folder, sqliteFileName);
    copyWithLogs(file, copy);
    return { file: copy, remove };
  } catch (error) {
    remove();
    if (error instanceof StartupError) throw error;
    if (isSqliteBusy(error)) throw configurationError(`${file} is in use by another process: stop the server first`);
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw configurationError(`${file} cannot be copied to ${tmpdir()} (${code}); TMPDIR can name another folder`);
  }
}

/**
 * Copies the database and its logs, which this does not change, for this user alone.
 * @throws StartupError when a log is no file; the driver's error (`isSqliteBusy`) when a server uses the database; the
 *   error of the file system
 */
export function copyWithLogs(file: string, copy: string): void {
  assertRegularLogs(file);
  withReadLock(file, () => {
    // The file itself comes last: closing it ends the lock, which belongs to the process.
    for (const log of [...logSuffixes, '']) copyIfExists(file + log, copy + log);
  });
}

function assertRegularLogs(file: string): void {
  for (const log of [...logSuffixes, '-shm']) if (existsSync(file + log)) assertRegular(file + log);
}

function startsWithMagic(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const start = Buffer.alloc(sqliteMagic.length);
    readSync(descriptor, start);
    return start.toString('latin1') === sqliteMagic;
  } finally {
    closeSync(descriptor);
  }
}

function copyIfExists(from: string, to: string): void {
  if (!existsSync(from)) return;
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
  // A backup may be read-only.
  chmodSync(to, 0o600);
}
