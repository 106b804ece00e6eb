import { closeSync, fsyncSync, linkSync, lstatSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { StartupError, configurationError } from '../common/startup-error.js';
import { errorCode, sqlitePrimaryNumber } from '../database/transactions/driver-errors.js';

/** Files that SQLite makes beside a database. */
const companions = ['-wal', '-shm', '-journal'];
const sqliteFull = 13;
const noLinks = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EACCES'];
const endingSignals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** How a file is written. */
export interface FileWriter<Result> {
  /** Writes the file under a temporary name. */
  write: (part: string) => Promise<Result>;
  /** Moves a file of that name away, when the new one is on the disk. Without it such a file is an error at once. */
  makeRoom?: () => void;
}

/**
 * Writes a file that appears under its name only when it is whole and on the disk, and that never replaces another one.
 * Until then its name ends in `.part`; a failure or a signal removes it, only a kill (-9) leaves it.
 * @throws StartupError when the file exists or cannot be written; the other errors of the writer
 */
export async function writeWhole<Result>(to: string, { write, makeRoom }: FileWriter<Result>): Promise<Result> {
  const file = resolve(to);
  const part = `${file}.part`;
  if (!makeRoom && isTaken(file)) throw alreadyExists(file);
  create(part, file);
  const discard = () => {
    rmSync(part, { force: true });
    removeCompanions(part);
  };
  const stopListening = onEndingSignal(discard);
  try {
    const result = await write(part);
    sync(part, 'r+');
    makeRoom?.();
    name(part, file);
    return result;
  } catch (error) {
    throw toWriteError(error, file);
  } finally {
    discard();
    stopListening();
  }
}

/** What is wrong with writing `file`, if that is the error; otherwise the error itself. */
function toWriteError(error: unknown, file: string): unknown {
  if (error instanceof StartupError) return error;
  if (sqlitePrimaryNumber(error) === sqliteFull) return cannotWrite(file, 'ENOSPC');
  const { syscall } = error as NodeJS.ErrnoException;
  const code = errorCode(error);
  return code !== undefined && syscall !== undefined && !syscall.startsWith('spawn') ? cannotWrite(file, code) : error;
}

function cannotWrite(file: string, code: string): StartupError {
  const reasons: Record<string, string> = {
    ENOSPC: 'the disk is full',
    EDQUOT: 'the quota of the disk is used up',
    EFBIG: 'the file is too large for this file system',
    ENOENT: 'its folder does not exist',
    ENOTDIR: 'its folder does not exist',
    EACCES: 'this user may not write there',
    EPERM: 'this user may not write there',
    EROFS: 'the disk is read-only',
    ENAMETOOLONG: 'its name is too long',
  };
  return configurationError(`${file} cannot be written: ${reasons[code] ?? code}`);
}

function alreadyExists(file: string): StartupError {
  return configurationError(`${file} already exists: nothing is overwritten, choose another name`);
}

function create(part: string, file: string): void {
  try {
    closeSync(openSync(part, 'wx', 0o600));
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw toWriteError(error, file);
    throw configurationError(`${part} exists: another command is writing it, or was killed; then delete it`);
  }
  // SQLite would take what a killed command has left for changes of the new file.
  removeCompanions(part);
}

function removeCompanions(part: string): void {
  for (const companion of companions) rmSync(part + companion, { force: true });
}

function isTaken(file: string): boolean {
  try {
    return exists(file);
  } catch (error) {
    throw toWriteError(error, file);
  }
}

/** A link never replaces a file. File systems without links get a check just before. */
function name(part: string, file: string): void {
  try {
    linkSync(part, file);
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (code === 'EEXIST' || exists(file)) throw alreadyExists(file);
    if (!noLinks.includes(code)) throw error;
    renameSync(part, file);
  }
  rmSync(part, { force: true });
  syncFolder(dirname(file));
}

export function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function sync(path: string, flags: 'r' | 'r+'): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Some systems cannot flush folders: they flush names by themselves. */
function syncFolder(path: string): void {
  try {
    sync(path, 'r');
  } catch {
    // the file has its name
  }
}

function onEndingSignal(cleanUp: () => void): () => void {
  const handlers = Object.entries(endingSignals).map(([signal, exitCode]) => {
    const handler = () => {
      cleanUp();
      process.exit(exitCode);
    };
    process.once(signal, handler);
    return () => process.off(signal, handler);
  });
  return () => {
    for (const stop of handlers) stop();
  };
}
