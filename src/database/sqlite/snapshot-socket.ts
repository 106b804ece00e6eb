import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StartupError } from '../../common/startup-error.js';

/** What a client sends, again and again, to get a snapshot and to keep it; each is one line. */
export const holdRequest = 'hold';
/** What the server answers to each: the file is unchanged since the first one, another client has a snapshot, no. */
export type HoldAnswer = 'held' | 'busy' | 'failed';

/** A client that sends nothing for so long, in ms, loses its snapshot: it may be stopped, and the log grows meanwhile. */
export const holdTimeoutMs = 60_000;

/** Bytes of the longest path of a Unix socket. */
const maxPathBytes = process.platform === 'linux' ? 107 : 103;

/**
 * The path of the socket of the server that has this database open.
 * @throws StartupError when the path is longer than the operating system allows
 */
export function snapshotSocketPath(databaseFile: string): string {
  const path = join(dirname(databaseFile), 'control', 'socket');
  const bytes = Buffer.byteLength(path);
  if (bytes <= maxPathBytes) return path;
  throw new StartupError([
    `the path of a socket has at most ${maxPathBytes} bytes, and ${path} has ${bytes}: use a DATA_DIR with a shorter path`,
  ]);
}

/**
 * Makes the folder of the socket, which only this user can enter, and removes the socket that a killed server has left.
 * Call it only with the lock of the database, which proves that no other server listens there.
 */
export function prepareSocketPath(path: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!lstatSync(folder).isDirectory()) throw new StartupError([`${folder} is not a folder`]);
  chmodSync(folder, 0o700);
  rmSync(path, { force: true });
}
