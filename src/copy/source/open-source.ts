import { assertFinished } from '../../common/finished-backup.js';
import { StartupError, configurationError } from '../../common/startup-error.js';
import { connect } from '../../database/connection/connect.js';
import { toStartupError } from '../../database/connection/startup-errors.js';
import { createDataSource } from '../../database/data-source.js';
import { migrate, pendingMigrations } from '../../database/migrations/migrator.js';
import { copyPrivately, findDatabaseFile } from '../../database/sqlite/database-file.js';
import { findDamage } from '../../database/sqlite/damage.js';
import { openImmutable } from '../../database/sqlite/immutable-database.js';
import { storeTables, type StoreTable } from '../../database/store-tables.js';
import { sqliteErrorNumber } from '../../database/transactions/driver-errors.js';
import { SourceRepository } from './source.repository.js';

const settings = { engine: 'sqlite', migrateAtStart: true, shared: true } as const;

/** The chats to copy, with the schema of this program. */
export interface CopySource {
  /** The absolute path of the file that was given. */
  file: string;
  /** The migrations that the file lacks; its private copy has them. */
  migrations: string[];
  /** Parents first. */
  tables: StoreTable[];
  /** The number of rows of all tables. */
  rows: number;
  repository: SourceRepository;
  close(): void;
}

/**
 * Opens a private copy of the database, migrated if its schema is older.
 * @param path a DATA_DIR, or the file
 * @throws StartupError
 */
export async function openSource(path: string): Promise<CopySource> {
  const file = findDatabaseFile(path);
  assertFinished(file);
  const copy = copyPrivately(file);
  try {
    const { migrations, tables } = await migrateCopy(copy.file);
    const database = openImmutable(copy.file);
    const repository = new SourceRepository(database);
    const damage = findDamage(database);
    if (damage !== undefined) throw configurationError(`it is damaged (${damage}): restore a backup`);
    const rows = tables.reduce((sum, table) => sum + repository.count(table), 0);
    if (rows === 0) throw configurationError('it has no chats: there is nothing to copy');
    const close = () => {
      repository.close();
      copy.remove();
    };
    return { file, migrations, tables, rows, repository, close };
  } catch (error) {
    throw toSourceError(error, file);
  } finally {
    // The open file needs no name any more, and a kill then leaves no chats behind. Windows removes it when it is closed.
    if (process.platform !== 'win32') copy.remove();
  }
}

/** The error to show for one of SQLite, with the path of the file that was given. */
export function toSourceError(error: unknown, file: string): unknown {
  if (error instanceof StartupError) {
    return new StartupError(
      error.lines.map((line) => `${file}: ${line}`),
      error.exitCode,
    );
  }
  const shown = toStartupError(error, { ...settings, file });
  const number = sqliteErrorNumber(error);
  if (shown instanceof StartupError || number === 0) return shown;
  return new StartupError([`${file} cannot be read: SQLite has ended a statement with error ${number}`]);
}

async function migrateCopy(file: string): Promise<{ migrations: string[]; tables: StoreTable[] }> {
  const config = { ...settings, file };
  const dataSource = createDataSource(config);
  try {
    await connect(dataSource, config);
    if ((await pendingMigrations(dataSource)).length === dataSource.migrations.length) {
      throw configurationError('it is not a database of this service: none of its migrations was run');
    }
    return { migrations: await migrate(dataSource, undefined, config), tables: storeTables(dataSource) };
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}
