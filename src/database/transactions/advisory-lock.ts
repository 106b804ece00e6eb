import { createHash } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { StartupError } from '../../common/startup-error.js';

/**
 * Runs `work` under a MySQL advisory lock (GET_LOCK), which the server releases with the connection, also when the
 * process is killed. On SQLite the file has one process: no lock is taken. Unlike a row lock it may be held for hours
 * (docs/adr/0013-two-locks.md).
 * @throws StartupError when another process holds the lock
 */
export async function withAdvisoryLock<Result>(
  { dataSource, what }: { dataSource: DataSource; what: string },
  work: () => Promise<Result>,
): Promise<Result> {
  if (dataSource.options.type === 'better-sqlite3') return work();
  const name = lockName(what, String(dataSource.options.database));
  const runner = dataSource.createQueryRunner('master');
  try {
    const [row] = (await runner.query('SELECT GET_LOCK(?, 0) AS taken', [name])) as { taken: number }[];
    if (row?.taken !== 1) throw new StartupError([`another ${what} into this database is running`]);
    return await work();
  } finally {
    await runner.query('SELECT RELEASE_LOCK(?)', [name]).catch(() => undefined);
    await runner.release();
  }
}

/** Lock names are global on the server, hence the database in the hash, and have at most 64 characters. */
export function lockName(what: string, database: string): string {
  return createHash('sha256').update(`${what} ${database}`).digest('hex').slice(0, 60);
}
