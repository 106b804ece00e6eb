import { existsSync, rmSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';
import { isSqliteBusy } from '../transactions/driver-errors.js';

/**
 * Runs `work` while no process can write to the SQLite file, which this does not change.
 * @throws the driver's error (`isSqliteBusy`) when another process has locked the file, as a running server does
 */
export function withReadLock<Result>(file: string, work: () => Result): Result {
  const sharedMemory = `${file}-shm`;
  const hadSharedMemory = existsSync(sharedMemory);
  const database = new DatabaseSync(file, { readOnly: true, timeout: 100 });
  try {
    lock(database);
    return work();
  } finally {
    database.close();
    // Reading a write-ahead log makes this file, and a connection that only reads leaves it.
    if (!hadSharedMemory && existsSync(sharedMemory)) rmSync(sharedMemory);
  }
}

/** `exec` keeps no statement: with one, the connection would keep its lock after `close` until garbage collection. */
function lock(database: InstanceType<typeof DatabaseSync>): void {
  try {
    database.exec('BEGIN; SELECT 1 FROM sqlite_master');
  } catch (error) {
    // A log in a folder that cannot be written cannot be read here. No process can write to it either.
    if (isSqliteBusy(error)) throw error;
  }
}
