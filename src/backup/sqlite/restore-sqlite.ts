import { copyFileSync, linkSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { configurationError } from '../../common/startup-error.js';
import { copyWithLogs, findDatabaseFile, logSuffixes } from '../../database/sqlite/database-file.js';
import { withReadLock } from '../../database/sqlite/read-lock.js';
import type { StoredFile } from '../../database/sqlite/stored-file.js';
import { isSqliteBusy, sqliteErrorNumber } from '../../database/transactions/driver-errors.js';
import { exists, writeWhole } from '../part-file.js';
import { assertRestorable } from '../schema-check.js';
import { checkPart } from './check-part.js';

/** What a restore on SQLite has done. */
export interface RestoredFile extends StoredFile {
  /** Where the database that was there is now. */
  aside: string | undefined;
}

/**
 * Copies a backup to the place of the database, where it appears whole or not at all.
 * @param databaseFile the database in DATA_DIR
 * @param replace whether one that is there may be moved aside
 * @throws StartupError
 */
export async function restoreSqlite(from: string, databaseFile: string, replace: boolean): Promise<RestoredFile> {
  const backup = findDatabaseFile(from);
  const present = ['', ...logSuffixes].filter((suffix) => exists(databaseFile + suffix));
  if (present.length > 0 && !replace) {
    throw configurationError(
      `${databaseFile}${present[0] ?? ''} already exists: restore into another DATA_DIR, or add --replace, which keeps it ` +
        'under another name',
    );
  }
  mkdirSync(dirname(databaseFile), { recursive: true, mode: 0o700 });
  // Before the work, too.
  if (present.includes('')) withoutServer(databaseFile, () => undefined);
  const aside =
    present.length > 0 ? `${databaseFile}.replaced-${new Date().toISOString().replaceAll(/[:.]/g, '-')}` : '';
  const stored = await writeWhole(databaseFile, {
    write: (part) => Promise.resolve(copyChecked(backup, part)),
    ...(present.length > 0 && {
      makeRoom: () => {
        moveAside(databaseFile, aside);
      },
    }),
  });
  return { ...stored, aside: aside === '' ? undefined : aside };
}

function copyChecked(backup: string, part: string): StoredFile {
  try {
    copyWithLogs(backup, part);
  } catch (error) {
    if (isSqliteBusy(error)) throw configurationError(`${backup} is in use by another process`);
    throw error;
  }
  const stored = checkPart(part, backup);
  assertRestorable(backup, stored.migrations);
  return stored;
}

/**
 * In this order a kill leaves either the old database, or none under its name. Its log must neither be lost nor stay: the
 * next start would take it for that of the new database.
 */
function moveAside(databaseFile: string, aside: string): void {
  const move = () => {
    const logs = logSuffixes.filter((suffix) => exists(databaseFile + suffix));
    for (const suffix of logs) linkOrCopy(databaseFile + suffix, aside + suffix);
    if (exists(databaseFile)) renameSync(databaseFile, aside);
    for (const suffix of [...logs, '-shm']) rmSync(databaseFile + suffix, { force: true });
  };
  if (exists(databaseFile)) withoutServer(databaseFile, move);
  else move();
}

/** Runs `work` while no server can open the database, which may be damaged. */
function withoutServer(databaseFile: string, work: () => void): void {
  const state = { isDone: false };
  try {
    withReadLock(databaseFile, () => {
      work();
      state.isDone = true;
    });
  } catch (error) {
    if (isSqliteBusy(error)) throw configurationError(`${databaseFile} is in use by a server: stop it first`);
    // A file that SQLite cannot open is in use by none.
    if (state.isDone || sqliteErrorNumber(error) === 0) throw error;
    work();
  }
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
