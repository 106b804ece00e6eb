import type { DataSource } from 'typeorm';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js';
import { withQueryRunner } from '../with-query-runner.js';
import type { SqliteDatabase } from './sqlite-driver.js';

/** SQLite's default: pages in the write-ahead log after which a commit writes them into the file. */
const checkpointPages = 1000;

/**
 * Keeps the database file as it is while the server goes on writing. In WAL mode only a checkpoint writes to the file:
 * after one, and without further ones, the file alone is a consistent state that any process may copy
 * (docs/adr/0037-backup.md).
 */
export class SqliteSnapshot {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * When it resolves, the file has everything that was committed before the call, and stays unchanged until `release`.
   * @throws DatabaseBusyError when the connection was in use for too long; what the driver throws
   */
  async hold(): Promise<void> {
    this.setCheckpointPages(0);
    try {
      await this.checkpoint();
    } catch (error) {
      this.setCheckpointPages(checkpointPages);
      throw error;
    }
  }

  /**
   * Writes the log into the file, and frees its disk space.
   * @throws as `hold`; the next commits then do that
   */
  async release(): Promise<void> {
    this.setCheckpointPages(checkpointPages);
    await this.checkpoint();
  }

  /** Past the queue, whose statements are prepared once: SQLite carries out this one when it is prepared. */
  private setCheckpointPages(pages: number): void {
    const driver = this.dataSource.driver as BetterSqlite3Driver;
    (driver.databaseConnection as SqliteDatabase).pragma(`wal_autocheckpoint = ${pages}`);
  }

  /** In the queue, hence never within a transaction. */
  private async checkpoint(): Promise<void> {
    const rows = await withQueryRunner(
      this.dataSource,
      async (runner) => (await runner.query('PRAGMA wal_checkpoint(TRUNCATE)')) as { busy: number; log: number }[],
    );
    if (rows[0]?.busy !== 0 || rows[0].log !== 0)
      throw new Error('the write-ahead log could not be written into the file');
  }
}
