import { existsSync, rmSync } from 'node:fs';
import { failure, ok, skipped, type Finding } from '../../common/finding.js';
import type { SqliteConfig } from '../../config/config.js';
import { createReadOnlyDataSource } from '../data-source.js';
import { writeAndRollBack } from '../sqlite/rolled-back-write.js';
import { isSqliteBusy } from '../transactions/driver-errors.js';
import { DatabaseInspector, type DatabaseSpace } from './database-inspector.js';

/** How far a message may be in the future, in ms: its server may have had another clock. */
const maxFutureMs = 60_000;

/** The embedded database. A running server has locked its file. */
export class SqliteInspector extends DatabaseInspector {
  readonly #file: string;
  /** A connection that reads a write-ahead log makes this file, and leaves it. */
  readonly #madeFile: string | undefined;

  constructor(config: SqliteConfig) {
    super(createReadOnlyDataSource(config), config);
    this.#file = config.file;
    const sharedMemory = `${config.file}-shm`;
    this.#madeFile = existsSync(sharedMemory) ? undefined : sharedMemory;
  }

  override async open(): Promise<Finding[]> {
    if (!existsSync(this.#file)) {
      this.unusable = 'there is no database yet';
      return [ok(`the first start makes ${this.#file}`)];
    }
    try {
      await this.dataSource.initialize();
      await this.query('SELECT 1 FROM sqlite_master');
    } catch (error) {
      if (!isSqliteBusy(error)) throw error;
      this.isLocked = true;
      this.unusable = 'a running process has locked the file';
      return [];
    }
    const hasLog = existsSync(`${this.#file}-wal`) ? ', with the log of a server that was killed' : '';
    return [ok(`${this.#file} can be read${hasLog}`)];
  }

  override async characters(): Promise<Finding[]> {
    const [row] = await this.query<{ encoding: string }>('PRAGMA encoding');
    if (row?.encoding === 'UTF-8') return [ok('UTF-8')];
    return [failure(`${this.#file} has another encoding than UTF-8: it was not made by this service. Move it away.`)];
  }

  override async version(): Promise<Finding[]> {
    const [row] = await this.query<{ version: string }>('SELECT sqlite_version() AS version');
    return [ok(`SQLite ${row?.version ?? ''}, bundled`)];
  }

  override durability(): Promise<Finding[]> {
    // Settings of a connection, not of the file: data-source.ts.
    return Promise.resolve([ok('each start sets synchronous = FULL and a write-ahead log')]);
  }

  override limits(): Promise<Finding[]> {
    return Promise.resolve([skipped('the embedded database has none')]);
  }

  override async clock(now: () => number): Promise<Finding[]> {
    if (!(await this.isMigrated())) return [skipped('the database is a file of this machine, and has no messages')];
    const [row] = await this.query<{ time: number }>(
      'SELECT created_at AS time FROM writeassistdev_chat ORDER BY id DESC LIMIT 1',
    );
    const seconds = ((row?.time ?? 0) - now()) / 1000;
    if (seconds * 1000 <= maxFutureMs) return [ok('the newest message is not from the future')];
    return [
      failure(
        `The newest message is from ${Math.round(seconds)} s in the future: the clock of this machine is behind, or was ` +
          'ahead. Let it follow a time server (timedatectl set-ntp true).',
      ),
    ];
  }

  override async message(): Promise<Finding[]> {
    const [mode] = await this.query<{ journal_mode: string }>('PRAGMA journal_mode');
    const wrong = writeAndRollBack(this.#file, mode?.journal_mode === 'wal');
    if (wrong === undefined) return [ok('written, read and rolled back, with every character')];
    return [failure(`${wrong} does not hold every character: the file was not made by this service. Move it away.`)];
  }

  override space(): Promise<DatabaseSpace> {
    return Promise.resolve({ bytes: undefined, directory: undefined });
  }

  protected override async end(): Promise<void> {
    await super.end();
    if (this.#madeFile !== undefined && existsSync(this.#madeFile)) rmSync(this.#madeFile);
  }

  protected override checkOwnTables(): Promise<void> {
    return Promise.resolve();
  }

  private query<Row>(sql: string): Promise<Row[]> {
    return this.withRunner(async (runner) => (await runner.query(sql)) as Row[]);
  }
}
