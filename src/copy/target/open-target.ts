import { StartupError, configurationError } from '../../common/startup-error.js';
import type { MysqlConfig } from '../../config/config.js';
import { checkTables } from '../../database/connection/server-checks.js';
import { openDatabase, type StandaloneDatabase } from '../../database/connection/standalone-database.js';
import { createCopyTable, readCopyState } from '../../database/copy-table.js';
import { migrate, pendingMigrations } from '../../database/migrations/migrator.js';
import { longStatements } from '../../database/mysql/session-variables.js';
import { storeTables } from '../../database/store-tables.js';
import { withQueryRunner } from '../../database/with-query-runner.js';
import { missingRight } from '../copy-errors.js';
import { MarksRepository } from './marks.repository.js';
import { TargetRepository, firstFilledTable } from './target.repository.js';

type DataSource = StandaloneDatabase['dataSource'];

/** The database to copy to. */
export interface CopyTarget {
  database: StandaloneDatabase;
  repository: TargetRepository;
  marks: MarksRepository;
}

/**
 * Opens the target with the checks of a start of the server, and migrates it.
 * @throws StartupError when it has chats that no copy has brought: nothing was changed then
 */
export async function openTarget(config: MysqlConfig): Promise<CopyTarget> {
  const database = await openDatabase(
    { ...config, ...longStatements, migrateAtStart: false },
    { beforeMigrating: (dataSource) => prepare(dataSource, config) },
  );
  const runner = database.dataSource.createQueryRunner('master');
  try {
    await runner.query(createCopyTable);
    const repository = new TargetRepository(database, await database.maxTextBytes());
    return { database, repository, marks: new MarksRepository(database.sql) };
  } catch (error) {
    await database.close();
    throw error;
  } finally {
    await runner.release();
  }
}

/** The refusal of a target with chats of its own, or of another copy. */
export function otherChats(table: string): StartupError {
  return configurationError(
    `the target already has chats (${table}), which this command has not copied: --to must name an empty database`,
  );
}

/** Migrates, and checks the tables if all migrations were run. @throws StartupError naming the rights of a copy */
async function prepare(dataSource: DataSource, config: MysqlConfig): Promise<void> {
  const runner = dataSource.createQueryRunner('master');
  try {
    await assertEmptyOrCopied(dataSource);
    if (config.migrateAtStart) await migrate(dataSource, undefined, config);
    if ((await pendingMigrations(dataSource)).length === 0) await checkTables(runner, dataSource);
  } catch (error) {
    throw missingRight(error, config) ?? error;
  } finally {
    await runner.release();
  }
}

async function assertEmptyOrCopied(dataSource: DataSource): Promise<void> {
  // The migrator refuses tables of the same names that no migration has created.
  if ((await pendingMigrations(dataSource)).length === dataSource.migrations.length) return;
  const state = await withQueryRunner(dataSource, readCopyState);
  if (state !== 'none') return;
  const filled = await firstFilledTable(dataSource, storeTables(dataSource));
  if (filled !== undefined) throw otherChats(filled);
}
