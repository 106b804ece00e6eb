import { createHash } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { StartupError } from '../../common/startup-error.js';

/**
 * Does work that must not be done twice at the same time. On MySQL by a lock of the server's that goes with its
 * connection, however this process ends; the embedded file belongs to one process anyway.
 * @throws StartupError when another process does it now
 */
export async function withAdvisoryLock<Result>(
  { dataSource, what }: { dataSource: DataSource; what: string },
  work: () => Promise<Result>,
): Promise<Result> {
  if (dataSource.options.type === 'better-sqlite3') return work();
  const name = lockName(what, String(dataSource.options.database));
  const runner = dataSource.createQueryRunner('master');
  try {
    await runner.query('SET SESSION wait_timeout = 86400');
    const [row] = (await runner.query('SELECT GET_LOCK(?, 0) AS taken', [name])) as { taken: number }[];
    if (row?.taken !== 1) throw new StartupError([`another ${what} into this database is running`]);
    return await work();
  } finally {
    await runner.query('SELECT RELEASE_LOCK(?)', [name]).catch(() => undefined);
    await runner.release();
  }
}

/** Names of locks are of the whole server, and have at most 64 characters. */
export function lockName(what: string, database: string): string {
  return createHash('sha256').update(`${what} ${database}`).digest('hex').slice(0, 60);
}
