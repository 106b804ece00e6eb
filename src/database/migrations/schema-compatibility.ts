import type { DataSource, QueryRunner } from 'typeorm';
import { configurationError } from '../../common/startup-error.js';
import { assertRestored } from '../restore-table.js';
import { withQueryRunner } from '../with-query-runner.js';

/** Read by programs that are older than a migration, so it is no entity and its columns never change. */
export const compatibilityTable = 'writeassistdev_chat_compatibility';
/** TypeORM's. */
export const migrationsTable = 'writeassistdev_chat_migrations';
/** Locked by the process that migrates; it has no data. */
export const lockTable = 'writeassistdev_chat_migration_lock';
/** Tables of migrations themselves, without an entity. */
export const migrationTables = [compatibilityTable, migrationsTable, lockTable];

/** A migration that was run in a database. */
export interface ExecutedMigration {
  name: string;
  /** The newest migration that a program must know to run after this one; null when it is not recorded. */
  oldestProgram: string | null;
}

/**
 * Selects the executed migrations (`ExecutedMigration`), oldest first.
 * @param hasRecords whether the table of their compatibility exists
 */
export function selectExecuted(hasRecords: boolean): string {
  const oldest = hasRecords ? `(SELECT oldest_program FROM ${compatibilityTable} WHERE migration = m.name)` : 'NULL';
  return `SELECT name, ${oldest} AS oldestProgram FROM ${migrationsTable} m ORDER BY timestamp, name`;
}

/**
 * For each migration, the newest migration that a program must know to run on the schema after it
 * (docs/adr/0016-program-and-schema.md). A migration that only adds what older programs may ignore names an earlier one.
 */
export const oldestPrograms: Record<string, string> = {
  CreateChatTables1795305600000: 'CreateChatTables1795305600000',
  // Older programs save messages without a history position.
  AddHistory1795392000000: 'AddHistory1795392000000',
  AddImports1795482000000: 'AddHistory1795392000000',
  AddImportDifferences1795654800000: 'AddHistory1795392000000',
  AddDeletedSessions1795741200000: 'AddHistory1795392000000',
  WidenClientMessageId1795744800000: 'AddHistory1795392000000',
  // Older programs do not count the bytes they save: the quotas of their owners are not exact until they are recounted.
  AddContentBytes1795960800000: 'AddHistory1795392000000',
  // Older programs show a reply that is still written with the text it began with.
  AddMessageParts1796083200000: 'AddHistory1795392000000',
  // Older programs do not fold the titles that they write: the order by title is not exact for these.
  AddOrganising1796086800000: 'AddHistory1795392000000',
  // Messages of older programs are folded when they are searched.
  AddFolded1796090400000: 'AddHistory1795392000000',
  // Older programs show the messages of all branches as one line.
  AddBranches1796094000000: 'AddHistory1795392000000',
  // Older programs show what is in the trash, and delete without it.
  AddTrash1796097600000: 'AddHistory1795392000000',
  // Sessions into which older programs save are summarised when they are read.
  AddPreviews1796101200000: 'AddHistory1795392000000',
};

/**
 * Records for every migration of this program which older programs can run on it. Called before migrations, so that a
 * killed one is recorded, and after them, since the first run creates the table.
 */
export async function recordCompatibility(dataSource: DataSource, runner: QueryRunner): Promise<void> {
  if (!(await runner.hasTable(compatibilityTable))) await runner.query(createTable(dataSource));
  const recorded = await readRecords(runner);
  for (const name of knownNames(dataSource)) {
    const oldest = oldestPrograms[name];
    if (oldest === undefined) throw new Error(`the migration ${name} does not say which programs can run on it`);
    if (recorded.get(name) === oldest) continue;
    await runner.query(`DELETE FROM ${compatibilityTable} WHERE migration = ?`, [name]);
    await runner.query(`INSERT INTO ${compatibilityTable} (migration, oldest_program) VALUES (?, ?)`, [name, oldest]);
  }
}

/**
 * The executed migrations that this program does not know, when the newest of them allows this program to run.
 * @throws StartupError when one of them does not, or its record is missing; when a restore into the database has not ended
 */
export function assertCompatible(dataSource: DataSource): Promise<string[]> {
  return withQueryRunner(dataSource, async (runner) => {
    await assertRestored(runner);
    const unknown = await unknownMigrations(dataSource, runner);
    if (unknown.length === 0) return [];
    const records = (await runner.hasTable(compatibilityTable)) ? await readRecords(runner) : new Map<string, string>();
    const forbidding = forbiddingMigrations(unknown, records, knownNames(dataSource));
    if (forbidding.length === 0) return unknown;
    throw configurationError(
      `This program is older than its database, which has the migrations ${forbidding.join(', ')}: ` +
        'start a newer version, or undo them with that version (npm run migration:revert).',
    );
  });
}

/**
 * Those of the migrations, after which a program that knows the `known` ones cannot run.
 * @param oldest for each migration, the newest one that a program must know to run after it
 */
export function forbiddingMigrations(
  executed: string[],
  oldest: ReadonlyMap<string, string>,
  known: string[] = Object.keys(oldestPrograms),
): string[] {
  return executed.filter((name) => !known.includes(name) && !known.includes(oldest.get(name) ?? ''));
}

/**
 * Checks that this program knows the newest executed migration, without which it cannot undo it.
 * @throws StartupError
 */
export async function assertRevertible(dataSource: DataSource, runner: QueryRunner): Promise<void> {
  const unknown = await unknownMigrations(dataSource, runner);
  if (unknown.length === 0) return;
  throw configurationError(
    `This version does not know the migrations ${unknown.join(', ')}: undo them with a newer version.`,
  );
}

/** Executed migrations that are not in this program, oldest first. */
async function unknownMigrations(dataSource: DataSource, runner: QueryRunner): Promise<string[]> {
  const { migrationsTableName = '' } = dataSource.options;
  if (!(await runner.hasTable(migrationsTableName))) return [];
  const executed = (await runner.query(`SELECT name FROM ${migrationsTableName} ORDER BY timestamp, name`)) as {
    name: string;
  }[];
  const known = knownNames(dataSource);
  return executed.map(({ name }) => name).filter((name) => !known.includes(name));
}

function knownNames(dataSource: DataSource): string[] {
  return dataSource.migrations.map((migration) => migration.name ?? migration.constructor.name);
}

async function readRecords(runner: QueryRunner): Promise<Map<string, string>> {
  const rows = (await runner.query(`SELECT migration, oldest_program FROM ${compatibilityTable}`)) as {
    migration: string;
    oldest_program: string;
  }[];
  return new Map(rows.map(({ migration, oldest_program: oldest }) => [migration, oldest]));
}

function createTable({ options }: DataSource): string {
  const columns = 'migration VARCHAR(190) NOT NULL PRIMARY KEY, oldest_program VARCHAR(190) NOT NULL';
  const engine = options.type === 'better-sqlite3' ? '' : ' ENGINE=InnoDB DEFAULT CHARSET=ascii COLLATE=ascii_bin';
  return `CREATE TABLE IF NOT EXISTS ${compatibilityTable} (${columns})${engine}`;
}
