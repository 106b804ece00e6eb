import { createHash } from 'node:crypto';
import type { DataSource, QueryRunner } from 'typeorm';
import { StartupError } from '../../common/startup-error.js';

/** A lock that is held by a connection of its own. */
export interface AdvisoryLock {
  /**
   * Takes the lock again if its connection was lost.
   * @throws StartupError when another process holds it; what the driver throws
   */
  ensureHeld(): Promise<void>;
}

interface LockOptions {
  dataSource: DataSource;
  /** The name of the lock within the database. */
  what: string;
  /** Who may hold the lock, for the error message; by default another process of the same kind. */
  running?: string;
}

/**
 * Runs `work` under a MySQL advisory lock (GET_LOCK), which the server releases with the connection, also when the
 * process is killed. On SQLite the file has one process: no lock is taken. Unlike a row lock it may be held for hours
 * (docs/adr/0013-two-locks.md).
 * @throws StartupError when another process holds the lock
 */
export async function withAdvisoryLock<Result>(
  { dataSource, what, running = `another ${what} into this database` }: LockOptions,
  work: (lock: AdvisoryLock) => Promise<Result>,
): Promise<Result> {
  if (dataSource.options.type === 'better-sqlite3') return work({ ensureHeld: () => Promise.resolve() });
  const lock = new MysqlLock(dataSource, what, running);
  try {
    await lock.take();
    return await work(lock);
  } finally {
    await lock.release();
  }
}

class MysqlLock implements AdvisoryLock {
  readonly #name: string;
  #runner: QueryRunner;
  #ensuring: Promise<void> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    what: string,
    private readonly running: string,
  ) {
    this.#name = lockName(what, String(dataSource.options.database));
    this.#runner = dataSource.createQueryRunner('master');
  }

  async take(): Promise<void> {
    const [row] = (await this.#runner.query('SELECT GET_LOCK(?, 0) AS taken', [this.#name])) as { taken: number }[];
    if (row?.taken !== 1) throw new StartupError([`${this.running} is running`]);
  }

  /** Concurrent calls wait for the same attempt. */
  ensureHeld(): Promise<void> {
    this.#ensuring ??= this.retake().finally(() => {
      this.#ensuring = undefined;
    });
    return this.#ensuring;
  }

  private async retake(): Promise<void> {
    if (await this.isHeld()) return;
    await this.release();
    this.#runner = this.dataSource.createQueryRunner('master');
    await this.take();
  }

  async release(): Promise<void> {
    await this.#runner.query('SELECT RELEASE_LOCK(?)', [this.#name]).catch(() => undefined);
    await this.#runner.release().catch(() => undefined);
  }

  private async isHeld(): Promise<boolean> {
    try {
      const held = 'SELECT IS_USED_LOCK(?) = CONNECTION_ID() AS held';
      const [row] = (await this.#runner.query(held, [this.#name])) as { held: number | null }[];
      return row?.held === 1;
    } catch {
      return false;
    }
  }
}

/** Lock names are global on the server, hence the database in the hash, and have at most 64 characters. */
export function lockName(what: string, database: string): string {
  return createHash('sha256').update(`${what} ${database}`).digest('hex').slice(0, 60);
}
